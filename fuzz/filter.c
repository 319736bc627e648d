/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM filters: parsed, matched against a document, driven. */
#include "fuzz.h"

#include "resource/filter.h"

static const char schema[] =
    "{\"$id\":\"t\",\"type\":\"object\",\"x-path\":\"/environments/{environment}/t/{id}\",\"x-methods\":[],"
    "\"x-permission\":\"*\",\"x-index\":[\"a\"],\"x-filter\":{\"a\":[\"eq\",\"sw\",\"co\",\"ew\",\"pr\","
    "\"ne\",\"gt\",\"ge\",\"lt\",\"le\"],\"b.c\":[\"eq\"]},\"properties\":{\"a\":{\"type\":\"string\","
    "\"x-nocase\":true},\"b\":{\"type\":\"object\",\"properties\":{\"c\":{\"type\":\"string\"}}}}}";

void target(struct arena *a, struct str input)
{
    struct drive *drives = ARENA_ARRAY(a, struct drive, DRIVES_MAX);
    struct type *t = ARENA_NEW(a, struct type);
    struct filter_fault fault;
    const struct filter *f;
    const struct json *d;

    MUST(drives && t && schema_compile(a, STR(schema), NULL, t) == OK);
    MUST(json_parse(a, STR("{\"a\":\"x\",\"b\":{\"c\":\"y\"}}"), NULL, &d) == OK);
    if (filter_parse(a, t, input, &fault, &f) != OK)
        return;
    (void)filter_matches(f, d);
    MUST(filter_drives(a, f, drives) <= DRIVES_MAX);
}
