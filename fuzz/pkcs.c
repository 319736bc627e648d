/* SPDX-License-Identifier: Apache-2.0 */
/* Files of keys and certificates: what opens holds a key and its certificate; what was read is read again. */
#include "fuzz.h"

#include "crypto/pkcs.h"
#include "crypto/pkcs12.h"

static void read_again(struct arena *a, struct str chain, const struct key *k)
{
    struct str again, collected;
    struct x509_facts facts;

    MUST(x509_response(a, chain, k, &again) == OK && str_eq(chain, again));
    MUST(x509_collect(a, chain, &collected) == OK);
    MUST(x509_response(a, collected, k, &again) == OK);
    MUST(x509_first(a, chain, &again) == OK && str_starts(chain, again));
    if (x509_read(a, chain, &facts) == OK)
        MUST(facts.serial.len && str_is_utf8(facts.common_name));
}

static void open_key(struct arena *a, const struct pkcs12 *p)
{
    for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++) {
        SCOPED(key_freep) struct key *k = NULL;

        if (key_from_der(p->key_der, i, &k) == OK)
            read_again(a, p->chain_pem, k);
    }
}

void target(struct arena *a, struct str input)
{
    static struct key *key;
    struct pkcs12 opened;
    struct str chain;

    if (!key)
        MUST(key_generate(KEY_ES256, 0, &key) == OK);
    if (pkcs12_open(a, input, STR(""), &opened) == OK)
        open_key(a, &opened);
    MUST(x509_response(a, input, key, &chain) != OK);
}
