/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "resource/filter.h"

static const char schema[] =
    "{\"$id\":\"thing\",\"type\":\"object\",\"x-path\":\"/environments/{environment}/things/"
    "{id}\",\"x-methods\":[\"LIST\"],"
    "\"x-permission\":\"a:{action}:thing\",\"x-index\":[\"name\",\"age\"],"
    "\"x-filter\":{\"name\":[\"eq\",\"sw\",\"co\",\"ew\",\"pr\"],\"mail\":[\"eq\"],\"age\":[\"eq\",\"gt\","
    "\"ge\",\"lt\",\"le\",\"ne\"],"
    "\"at\":[\"lt\"],\"on\":[\"eq\"],\"group.id\":[\"eq\"],\"groups.id\":[\"eq\"],\"groups.kind\":[\"eq\"]},"
    "\"properties\":{\"name\":{\"type\":\"string\"},\"mail\":{\"type\":\"string\",\"x-nocase\":true},\"age\":"
    "{\"type\":\"integer\"},"
    "\"at\":{\"type\":\"string\"},\"on\":{\"type\":\"boolean\"},\"group\":{\"type\":\"object\","
    "\"properties\":{\"id\":{\"type\":\"string\"}}},"
    "\"groups\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":"
    "\"string\"},"
    "\"kind\":{\"type\":\"string\"}}}}}}";

static const char document[] =
    "{\"name\":\"Ada\",\"mail\":\"Ada@Example.com\",\"age\":36,\"at\":\"2021-07-23T16:19:34.570Z\",\"on\":"
    "true,"
    "\"group\":{\"id\":\"g\"},\"groups\":[{\"id\":\"a\",\"kind\":\"x\"},{\"id\":\"b\",\"kind\":\"y\"}]}";

static const struct type *thing(void)
{
    struct type *t = ARENA_NEW(test_arena(), struct type);
    struct schema_fault fault = { "" };

    if (schema_compile(test_arena(), STR(schema), &fault, t) != OK)
        fail_msg("%s", fault.message);
    return t;
}

static bool matches(const char *text)
{
    const struct json *d;
    const struct filter *f;
    struct filter_fault fault = { 0 };

    assert_ok(json_parse(test_arena(), STR(document), NULL, &d));
    if (filter_parse(test_arena(), thing(), str_from(text), &fault, &f) != OK)
        fail_msg("%s: %.*s", text, STR_FMT(fault.message));
    return filter_matches(f, d);
}

TEST(filter, compares)
{
    static const char *const yes[] = {
        "name eq \"Ada\"",
        "name sw \"A\"",
        "name co \"d\"",
        "name ew \"da\"",
        "name pr",
        "mail eq \"ada@example.COM\"",
        "age eq 36",
        "age gt 35",
        "age ge 36",
        "age lt 37",
        "age le 36",
        "age ne 35",
        "on eq true",
        "group.id eq \"g\"",
        "at lt \"2021-07-23T18:19:34.571+02:00\"",
        "name EQ \"Ada\"",
        "groups.id eq \"b\"",
    };
    static const char *const no[] = {
        "name eq \"ada\"",   "name sw \"a\"", "name co \"x\"", "name ew \"Ad\"",
        "age gt 36",         "age lt 36",     "on eq false",   "at lt \"2021-07-23T16:19:34.570Z\"",
        "group.id eq \"h\"", "age eq \"36\"",
    };

    for (size_t i = 0; i < LENGTH(yes); i++)
        if (!matches(yes[i]))
            fail_msg("must match: %s", yes[i]);
    for (size_t i = 0; i < LENGTH(no); i++)
        if (matches(no[i]))
            fail_msg("must not match: %s", no[i]);
}

TEST(filter, binds_and_before_or) /* RFC 7644 3.4.2.2 */
{
    assert_true(matches("name eq \"Ada\" or name eq \"x\" and age eq 0"));
    assert_false(matches("(name eq \"Ada\" or name eq \"x\") and age eq 0"));
    assert_true(matches("not (age eq 0) AND name eq \"Ada\""));
}

TEST(filter, holds_all_of_a_bracket_against_one_item)
{
    assert_true(matches("groups[id eq \"a\" and kind eq \"x\"]"));
    assert_false(matches("groups[id eq \"a\" and kind eq \"y\"]"));
    assert_false(matches("groups.id eq \"c\""));
}

TEST(filter, refuses_malformed_text)
{
    static const char *const rows[] = {
        "",
        "name",
        "name eq",
        "name eq Ada",
        "name eq \"Ada",
        "(name eq \"a\"",
        "name eq \"a\")",
        "name eq \"a\" and",
        "name xx \"a\"",
        "unknown eq 1",
        "mail sw \"a\"",
        "groups[id eq \"a\"",
        "not name eq \"a\"",
        "name eq {}",
        "name eq \"\\x\"",
    };
    struct filter_fault fault;
    const struct filter *f;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(filter_parse(test_arena(), thing(), str_from(rows[i]), &fault, &f), INVALID);
}

TEST(filter, names_what_it_supports)
{
    struct filter_fault fault;
    const struct filter *f;

    assert_err(filter_parse(test_arena(), thing(), STR("mail sw \"a\""), &fault, &f), INVALID);
    assert_str(fault.inner, "\"supportedOperators\":[\"eq\"]");
}

static enum err nested(int depth)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct filter_fault fault;
    const struct filter *f;
    struct str text;

    for (int i = 0; i < depth; i++)
        buf_add_char(&b, '(');
    buf_add_z(&b, "age eq 1");
    for (int i = 0; i < depth; i++)
        buf_add_char(&b, ')');
    assert_ok(buf_finish(&b, &text));
    return filter_parse(test_arena(), thing(), text, &fault, &f);
}

TEST(filter, nests_16_deep_and_no_deeper)
{
    assert_ok(nested(FILTER_DEPTH_MAX));
    assert_err(nested(FILTER_DEPTH_MAX + 1), INVALID);
}

static size_t drives_of(const char *text, struct drive drives[DRIVES_MAX])
{
    struct filter_fault fault;
    const struct filter *f;

    assert_ok(filter_parse(test_arena(), thing(), str_from(text), &fault, &f));
    return filter_drives(test_arena(), f, drives);
}

TEST(filter, is_driven_by_what_has_an_index)
{
    struct drive drives[DRIVES_MAX];

    assert_int_equal(drives_of("name eq \"a\" and mail eq \"b\"", drives), 1);
    assert_str(drives[0].value, "a");
    assert_int_equal(drives_of("name eq \"a\" or age eq 3", drives), 2);
    assert_int_equal(drives_of("name eq \"a\" or mail eq \"b\"", drives), 0);
    assert_int_equal(drives_of("not (name eq \"a\")", drives), 0);
    assert_int_equal(drives_of("name sw \"a\"", drives), 1);
    assert_true(drives[0].prefix);
}

TEST(filter, of_no_ids_matches_nothing)
{
    const struct filter *f;

    assert_ok(filter_ids(test_arena(), thing(), STR("group.id"), NULL, 0, &f));
    assert_false(filter_matches(f, NULL));
}

TEST(schema, without_a_permission_does_not_compile)
{
    struct schema_fault fault;
    struct type t;

    assert_err(schema_compile(test_arena(),
                              STR("{\"$id\":\"x\",\"x-path\":\"/x/{id}\",\"x-methods\":[\"LIST\"]}"), &fault,
                              &t),
               INVALID);
    assert_non_null(strstr(fault.message, "x-permission"));
}

TEST(schema, refuses_keywords_it_does_not_know)
{
    struct schema_fault fault;
    struct type t;

    assert_err(schema_compile(
                   test_arena(),
                   STR("{\"$id\":\"x\",\"x-path\":\"/x/{id}\",\"x-permission\":\"*\",\"properties\":{\"a\":"
                       "{\"type\":\"string\",\"maxLenght\":3}}}"),
                   &fault, &t),
               INVALID);
    assert_non_null(strstr(fault.message, "maxLenght"));
}
