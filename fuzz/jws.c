/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: whatever is taken apart has an object inside, and no key verifies it. */
#include "fuzz.h"

#include "crypto/jws.h"

void target(struct arena *a, struct str input)
{
    static struct key *key;
    struct jws j;

    if (!key)
        MUST(key_generate(KEY_ES256, 0, &key) == OK);
    if (jws_parse(a, input, &j) != OK)
        return;
    MUST(json_kind(j.payload) == JSON_OBJECT);
    MUST(jws_verify(a, key, &j) != OK);
}
