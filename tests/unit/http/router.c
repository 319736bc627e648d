/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "http/router.h"

static const struct route routes[] = {
    { .method = HTTP_GET, .pattern = "/v1/users/{id}" },
    { .method = HTTP_GET, .pattern = "/v1/users/me", .context = "me" },
    { .method = HTTP_POST, .pattern = "/v1/users/{id}", .media = "application/vnd.x.account.Lock+json" },
    { .method = HTTP_PUT, .pattern = "/v1/users/{id}", .media = "application/json" },
    { .method = HTTP_GET, .pattern = "/{environment}/signon/" },
    { .method = HTTP_GET, .pattern = "/v1/users/{id}/roles/{role}" },
    { .method = HTTP_GET, .pattern = "/v1/users/me/roles" },
    { .method = HTTP_GET, .pattern = "/v1/a/b/{c}/{d}/e" },
    { .method = HTTP_GET, .pattern = "/v1/a/{b}/c/d" },
    { .method = HTTP_POST, .pattern = "/v1/files", .media = "application/json", .context = "json" },
    { .method = HTTP_POST, .pattern = "/v1/files", .context = "any" },
};

static void free_router(void *r)
{
    router_free(r);
}

static struct routed match(enum http_method method, const char *path, const char *media,
                           struct http_request *rq)
{
    static struct http_header h;
    struct router *r;
    struct routed found = { 0 };

    h = (struct http_header){ STR("Content-Type"), str_from(media) };
    *rq = (struct http_request){ .arena = test_arena(),
                                 .method = method,
                                 .path = str_from(path),
                                 .headers = &h,
                                 .headers_n = media ? 1 : 0 };
    assert_ok(router_new(routes, LENGTH(routes), &r));
    assert_ok(arena_defer(test_arena(), free_router, r));
    assert_ok(router_match(r, rq, &found));
    return found;
}

TEST(router, gives_the_paths_variables_decoded)
{
    struct http_request rq;

    assert_int_equal(match(HTTP_GET, "/v1/users/a%2Fb", NULL, &rq).match, MATCH_FOUND);
    assert_str(rq.params[0], "a/b");
}

TEST(router, lets_a_literal_win_over_a_variable)
{
    struct http_request rq;

    match(HTTP_GET, "/v1/users/me", NULL, &rq);
    assert_true(str_is_none(rq.params[0]));
}

TEST(router, tries_the_variable_when_the_literal_leads_nowhere)
{
    struct http_request rq;

    assert_int_equal(match(HTTP_GET, "/v1/users/me/roles/x", NULL, &rq).match, MATCH_FOUND);
    assert_str(rq.params[0], "me");
    assert_str(rq.params[1], "x");
    assert_int_equal(match(HTTP_GET, "/v1/users/me/x", NULL, &rq).match, MATCH_NO_PATH);
    assert_int_equal(match(HTTP_GET, "/v1/a/b/c/d", NULL, &rq).match, MATCH_FOUND);
    assert_str(rq.params[0], "b");
    assert_true(str_is_none(rq.params[1]));
}

TEST(router, prefers_a_route_that_names_the_media_type)
{
    struct http_request rq;

    assert_string_equal(match(HTTP_POST, "/v1/files", "application/json", &rq).route->context, "json");
    assert_string_equal(match(HTTP_POST, "/v1/files", "image/png", &rq).route->context, "any");
    assert_string_equal(match(HTTP_POST, "/v1/files", NULL, &rq).route->context, "any");
}

TEST(router, refuses_variable_parts_that_are_no_text)
{
    static const char *const paths[] = { "/v1/users/%",     "/v1/users/%4",  "/v1/users/%zz", "/v1/users/%00",
                                         "/v1/users/a%00b", "/v1/users/%ff", "/v1/users/%c3" };
    struct router *r;

    assert_ok(router_new(routes, LENGTH(routes), &r));
    for (size_t i = 0; i < LENGTH(paths); i++) {
        struct http_request rq = { .arena = test_arena(), .path = str_from(paths[i]) };
        struct routed found;

        assert_err(router_match(r, &rq, &found), INVALID);
    }
    router_free(r);
}

TEST(router, knows_no_other_paths)
{
    static const char *const paths[] = { "/",          "/v1",           "/v1/users",
                                         "/v1/users/", "/v1/users/a/b", "/v1/users/a/",
                                         "/x/signon" };
    struct http_request rq;

    for (size_t i = 0; i < LENGTH(paths); i++)
        assert_int_equal(match(HTTP_GET, paths[i], NULL, &rq).match, MATCH_NO_PATH);
    assert_int_equal(match(HTTP_GET, "/x/signon/", NULL, &rq).match, MATCH_FOUND);
}

TEST(router, lists_the_methods_of_a_path)
{
    struct http_request rq;
    struct routed found = match(HTTP_DELETE, "/v1/users/a", NULL, &rq);

    assert_int_equal(found.match, MATCH_NO_METHOD);
    assert_str(found.allow, "PUT, POST, GET, HEAD");
}

TEST(router, chooses_by_media_type_with_or_without_its_suffix)
{
    struct http_request rq;

    assert_int_equal(
        match(HTTP_POST, "/v1/users/a", "application/vnd.x.account.lock+json;charset=UTF-8", &rq).match,
        MATCH_FOUND);
    assert_int_equal(match(HTTP_POST, "/v1/users/a", "Application/VND.x.account.Lock", &rq).match,
                     MATCH_FOUND);
    assert_int_equal(match(HTTP_POST, "/v1/users/a", "application/vnd.x.account.locked", &rq).match,
                     MATCH_NO_MEDIA);
    assert_int_equal(match(HTTP_PUT, "/v1/users/a", "text/plain", &rq).match, MATCH_NO_MEDIA);
    assert_int_equal(match(HTTP_PUT, "/v1/users/a", NULL, &rq).match, MATCH_NO_MEDIA);
}

TEST(router, answers_head_as_get)
{
    struct http_request rq;

    assert_int_equal(match(HTTP_HEAD, "/v1/users/a", NULL, &rq).match, MATCH_FOUND);
    assert_int_equal(match(HTTP_HEAD, "/v1/files", NULL, &rq).match, MATCH_NO_METHOD);
}
