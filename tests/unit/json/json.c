/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "json/json.h"

static enum err parse(const char *text, struct json_fault *fault, const struct json **ret)
{
    return json_parse(test_arena(), str_from(text), fault, ret);
}

TEST(json, gives_back_what_it_read)
{
    static const char *const rows[] = {
        "{}",       "[]",
        "null",     "true",
        "-1",       "18446744073709551615",
        "1.5",      "-2500.0",
        "0.1",      "1e+300",
        "\"\"",     "{\"a\":[1,{\"b\":null},[]],\"c\":{\"d\":\"\\u0001\\n\\\"\\\\\"}}",
        "\"&<>/\"", "[[],{},\"\xc3\xa9\"]",
    };
    const struct json *v;
    struct str got;

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);

        assert_ok(parse(rows[i], NULL, &v));
        json_write(&b, v);
        assert_ok(buf_finish(&b, &got));
        assert_str(got, rows[i]);
    }
}

TEST(json, refuses_duplicate_members_at_any_depth)
{
    struct json_fault fault;
    const struct json *v;

    assert_err(parse("{\"x\":[{\"b\":1,\"a\":2,\"b\":3}]}", &fault, &v), INVALID);
    assert_string_equal(fault.reason, "duplicate member");
    assert_str(fault.member, "b");
    assert_err(parse("{\"a\":1,\"\\u0061\":2}", &fault, &v), INVALID);
}

TEST(json, refuses_what_is_no_json)
{
    static const char *const rows[] = { "",        " ",       "{",       "{\"a\":}", "[1,]",        "nul",
                                        "1 2",     "{'a':1}", "\"\\x\"", "\"\xff\"", "\"\\ud800\"", "NaN",
                                        "// x\n1", "01",      "\"\t\"" };
    struct json_fault fault;
    const struct json *v;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(parse(rows[i], &fault, &v), INVALID);
}

TEST(json, refuses_nul_in_names_and_texts)
{
    struct json_fault fault;
    const struct json *v;

    assert_err(parse("{\"a\":\"x\\u0000y\"}", &fault, &v), INVALID);
    assert_string_equal(fault.reason, "NUL character");
    assert_str(fault.member, "a");
    assert_err(parse("{\"a\\u0000\":1}", &fault, &v), INVALID);
}

TEST(json, takes_depth_64_and_refuses_65)
{
    char text[2 * JSON_DEPTH_MAX + 3] = "";
    const struct json *v;

    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_ok(parse(text, NULL, &v));
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_err(parse(text, NULL, &v), INVALID);
}

TEST(json, finds_members_by_path)
{
    const struct json *v;

    assert_ok(parse("{\"a\":{\"b\":{\"c\":\"x\"}},\"n\":2.9,\"t\":true}", NULL, &v));
    assert_str(json_path_str(v, "a.b.c"), "x");
    assert_null(json_path(v, "a.x.c"));
    assert_true(str_is_none(json_path_str(v, "a.b")));
    assert_int_equal(json_int(json_get(v, "n"), 0), 2);
    assert_true(json_is_true(json_get(v, "t")));
    assert_int_equal(json_int(NULL, 7), 7);
}

TEST(json, walks_items_and_members)
{
    const struct json *v;
    int64_t sum = 0;
    size_t members = 0;

    assert_ok(parse("{\"a\":[1,2,3],\"b\":[],\"c\":{}}", NULL, &v));
    json_each (m, json_get(v, "a"))
        sum += json_int(m.value, 0);
    json_each (m, v)
        members += m.name.len;
    json_each (m, json_get(v, "b"))
        fail();
    assert_int_equal(sum, 6);
    assert_int_equal(members, 3);
}

TEST(json_writer, separates_members_and_items)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct str got;

    json_open(&b, '{');
    json_add_str(&b, "a", STR("x\ty"));
    json_open_member(&b, "b", '[');
    json_add_int(&b, NULL, 1);
    json_add_bool(&b, NULL, false);
    json_open(&b, '{');
    json_close(&b, '}');
    json_close(&b, ']');
    json_add_time(&b, "t", 0);
    json_close(&b, '}');
    assert_ok(buf_finish(&b, &got));
    assert_str(got, "{\"a\":\"x\\ty\",\"b\":[1,false,{}],\"t\":\"1970-01-01T00:00:00.000Z\"}");
}

TEST(json, takes_a_stored_text_as_it_is)
{
    const struct json *v;

    assert_ok(json_parse_stored(test_arena(), STR("{\"a\":[1,{\"b\":\"c\"}]}"), &v));
    assert_int_equal(json_count(json_get(v, "a")), 2);
    assert_err(json_parse_stored(test_arena(), STR("{\"a\":"), &v), CORRUPT);
    assert_err(json_parse_stored(test_arena(), STR(""), &v), CORRUPT);
}
