/* SPDX-License-Identifier: Apache-2.0 */
/* What is read, written and read again is the same value. */
#include "fuzz.h"

#include "json/json.h"

void target(struct arena *a, struct str input)
{
    const struct json *v, *again;
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct json_fault fault;
    struct str text;

    if (json_parse(a, input, &fault, &v) != OK)
        return;
    json_write(&b, v);
    if (buf_finish(&b, &text) != OK)
        return;
    MUST(json_parse(a, text, &fault, &again) == OK);
    MUST(json_eq(v, again));
}
