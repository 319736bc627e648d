/* SPDX-License-Identifier: Apache-2.0 */
/* The document that comes of what was there, what was sent, what hooks set, and defaults. */
#include "site.h"

#include "base/clock.h"
#include "resource/document.h"

static const char schema[] =
    "{\"$id\":\"thing\",\"type\":\"object\",\"x-path\":\"/environments/{environment}/things/{id}\","
    "\"x-methods\":[\"LIST\"],\"x-permission\":\"a:{action}:thing\",\"properties\":{"
    "\"name\":{\"type\":\"string\"},\"size\":{\"type\":\"integer\"},"
    "\"color\":{\"type\":\"string\",\"default\":\"red\"},"
    "\"code\":{\"type\":\"string\",\"x-default-from\":\"name\"},"
    "\"key\":{\"type\":\"string\",\"x-default-from\":\"id\"},"
    "\"state\":{\"type\":\"string\",\"readOnly\":true,\"default\":\"NEW\"},"
    "\"kind\":{\"type\":\"string\",\"x-immutable\":true},\"kept\":{\"type\":\"string\",\"x-keep\":true},"
    "\"pin\":{\"type\":\"string\",\"writeOnly\":true},\"seal\":{\"type\":\"string\",\"x-secret\":true},"
    "\"place\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"},\"zip\":{\"type\":"
    "\"string\"}}},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"}"
    "}}},"
    "\"free\":{\"type\":\"object\",\"additionalProperties\":true}}}";

static const struct uuid here = { { [15] = 1 } }, id = { { [15] = 2 } };

/* A change of an object that is (NULL: was never), by a body. */
static struct change *change_of(enum operation operation, const char *old, const char *body)
{
    struct change *c = ARENA_NEW(test_arena(), struct change);
    struct http_request *rq = ARENA_NEW(test_arena(), struct http_request);
    struct type *t = ARENA_NEW(test_arena(), struct type);
    struct schema_fault fault = { "" };

    if (schema_compile(test_arena(), STR(schema), &fault, t) != OK)
        fail_msg("%s", fault.message);
    rq->arena = test_arena();
    *c = (struct change){ .rq = rq,
                          .type = t,
                          .operation = operation,
                          .environment = here,
                          .id = id,
                          .old = old ? json_of(old) : NULL,
                          .body = json_of(body),
                          .now_ms = 1000 };
    assert_ok(store_read_begin(site_new()->store, test_arena(), &c->tx));
    return c;
}

static const struct json *made(struct change *c)
{
    struct str text;

    assert_ok(document_make(c, &text));
    return json_of(str_z(test_arena(), text));
}

/* Its own members: without whose it is, how old, and what every new thing has. */
static const char *members(struct change *c)
{
    static const char *const others[] = { "environment", "id",  "createdAt", "updatedAt",
                                          "color",       "key", "state" };
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct str text;

    json_open(&b, '{');
    json_each (m, made(c)) {
        bool other = false;

        for (size_t i = 0; i < LENGTH(others); i++)
            other = other || str_is(m.name, others[i]);
        if (!other)
            json_key_str(&b, m.name), json_write(&b, m.value);
    }
    json_close(&b, '}');
    assert_ok(buf_finish(&b, &text));
    return str_z(test_arena(), text);
}

#define create(body)       change_of(OPERATION_CREATE, NULL, body)
#define replace(old, body) change_of(OPERATION_REPLACE, old, body)
#define patch(old, body)   change_of(OPERATION_PATCH, old, body)

TEST(document, of_a_new_object_says_whose_it_is_and_when_it_was_made)
{
    const struct json *d = made(create("{}"));

    assert_str(json_path_str(d, "environment.id"), "00000000-0000-0000-0000-000000000001");
    assert_str(json_path_str(d, "id"), "00000000-0000-0000-0000-000000000002");
    assert_str(json_path_str(d, "createdAt"), "1970-01-01T00:00:01.000Z");
    assert_str(json_path_str(d, "updatedAt"), "1970-01-01T00:00:01.000Z");
}

TEST(document, of_a_new_object_takes_defaults_where_nothing_came)
{
    const struct json *d = made(create("{\"name\":\"n\"}"));

    assert_str(json_path_str(d, "color"), "red");
    assert_str(json_path_str(d, "state"), "NEW");
    assert_str(json_path_str(d, "key"), "00000000-0000-0000-0000-000000000002");
    assert_str(json_path_str(d, "code"), "n");
    d = made(create("{\"name\":\"n\",\"color\":\"blue\",\"code\":\"c\",\"key\":\"k\"}"));
    assert_str(json_path_str(d, "color"), "blue");
    assert_str(json_path_str(d, "code"), "c");
    assert_str(json_path_str(d, "key"), "k");
}

TEST(document, keeps_nothing_that_the_type_does_not_know)
{
    assert_string_equal(
        members(create("{\"x\":1,\"place\":{\"city\":\"c\",\"y\":2},\"tags\":[{\"id\":\"t\",\"z\":3}]}")),
        "{\"place\":{\"city\":\"c\"},\"tags\":[{\"id\":\"t\"}]}");
    assert_string_equal(members(create("{\"free\":{\"a\":[1]}}")), "{\"free\":{\"a\":[1]}}");
}

TEST(document, keeps_no_secret_that_is_sealed_or_only_written)
{
    assert_string_equal(members(create("{\"pin\":\"1234\",\"seal\":\"s\"}")), "{}");
    assert_string_equal(members(patch("{}", "{\"pin\":\"1234\",\"seal\":\"s\"}")), "{}");
}

TEST(document, takes_nothing_for_a_member_that_is_read_only)
{
    assert_str(json_path_str(made(create("{\"state\":\"OLD\"}")), "state"), "NEW");
    assert_str(json_path_str(made(patch("{\"state\":\"WAS\"}", "{\"state\":\"OLD\"}")), "state"), "WAS");
    assert_str(json_path_str(made(replace("{\"state\":\"WAS\"}", "{\"state\":null}")), "state"), "WAS");
}

TEST(document, is_the_servers_own_when_it_seeds)
{
    struct change *c = create("{\"state\":\"OLD\",\"color\":null}");

    c->seeding = true;
    assert_str(json_path_str(made(c), "state"), "OLD");
    assert_null(json_get(made(c), "color"));
}

TEST(document, loses_what_a_replacement_leaves_out)
{
    assert_string_equal(members(replace("{\"name\":\"n\",\"place\":{\"city\":\"c\",\"zip\":\"z\"}}",
                                        "{\"size\":1,\"place\":{\"city\":\"d\"}}")),
                        "{\"size\":1,\"place\":{\"city\":\"d\"}}");
    assert_str(json_path_str(made(replace("{\"color\":\"blue\"}", "{}")), "color"), "red");
}

TEST(document, keeps_what_a_replacement_may_leave_out)
{
    assert_string_equal(members(replace("{\"kind\":\"k\",\"kept\":\"x\"}", "{}")),
                        "{\"kind\":\"k\",\"kept\":\"x\"}");
    assert_string_equal(members(replace("{\"kept\":\"x\"}", "{\"kept\":\"y\"}")), "{\"kept\":\"y\"}");
}

TEST(document, is_changed_by_a_patch_where_that_says_so)
{
    assert_string_equal(members(patch("{\"name\":\"n\",\"size\":1,\"place\":{\"city\":\"c\",\"zip\":\"z\"}}",
                                      "{\"size\":2,\"place\":{\"city\":\"d\"}}")),
                        "{\"name\":\"n\",\"size\":2,\"place\":{\"city\":\"d\",\"zip\":\"z\"}}");
}

TEST(document, is_cleared_by_null)
{
    assert_string_equal(members(patch("{\"name\":\"n\",\"place\":{\"city\":\"c\",\"zip\":\"z\"}}",
                                      "{\"name\":null,\"place\":{\"city\":null}}")),
                        "{\"place\":{\"zip\":\"z\"}}");
    assert_string_equal(members(replace("{\"name\":\"n\"}", "{\"name\":null}")), "{}");
    assert_str(json_path_str(made(patch("{\"color\":\"blue\"}", "{\"color\":null}")), "color"), "red");
}

TEST(document, has_an_array_as_it_was_sent)
{
    assert_string_equal(
        members(patch("{\"tags\":[{\"id\":\"a\"},{\"id\":\"b\"}]}", "{\"tags\":[{\"id\":\"c\"}]}")),
        "{\"tags\":[{\"id\":\"c\"}]}");
}

TEST(document, has_whole_numbers_where_those_are_meant)
{
    assert_string_equal(members(create("{\"size\":1.9}")), "{\"size\":1}");
}

TEST(document, refuses_another_value_for_what_is_set_once)
{
    struct change *c = patch("{\"kind\":\"k\"}", "{\"kind\":\"j\"}");
    struct str text;

    assert_err(document_make(c, &text), FAILED);
    assert_int_equal(c->rq->problem.status, 400);
    assert_str(c->rq->problem.details[0].target, "kind");
    assert_string_equal(members(patch("{\"kind\":\"k\"}", "{\"kind\":\"k\"}")), "{\"kind\":\"k\"}");
    assert_string_equal(members(patch("{}", "{\"kind\":\"k\"}")), "{\"kind\":\"k\"}");
    assert_string_equal(members(patch("{\"kind\":\"k\"}", "{\"kind\":null}")), "{\"kind\":\"k\"}");
}

TEST(document, has_what_a_hook_sets_whatever_was_sent)
{
    struct change *c = patch("{\"name\":\"n\",\"size\":1,\"kind\":\"k\"}", "{\"size\":9}");

    assert_ok(change_set_str(c, "name", STR("a \"b\"")));
    assert_ok(change_set(c, "size", STR_NONE));
    assert_ok(change_set(c, "kind", STR("\"j\"")));
    assert_ok(change_set(c, "name", STR("\"last\"")));
    assert_ok(change_set(c, "state", STR("\"SET\"")));
    assert_string_equal(members(c), "{\"name\":\"last\",\"kind\":\"j\"}");
    assert_str(json_path_str(made(c), "state"), "SET");
}

TEST(document, takes_sixteen_members_from_hooks_and_no_more)
{
    struct change *c = create("{}");

    for (int i = 0; i < CHANGE_SETS_MAX; i++)
        assert_ok(change_set(c, text_of("m%d", i), STR("1")));
    assert_err(change_set(c, "more", STR("1")), TOO_LARGE);
    assert_ok(change_set(c, "m3", STR("2"))); /* a new value for one of them */
}

TEST(document, stays_as_old_as_it_was)
{
    const struct json *d = made(patch("{\"createdAt\":\"1969-01-01T00:00:00.000Z\"}", "{}"));

    assert_str(json_path_str(d, "createdAt"), "1969-01-01T00:00:00.000Z");
    assert_str(json_path_str(d, "updatedAt"), "1970-01-01T00:00:01.000Z");
}
