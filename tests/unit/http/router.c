/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "http/router.h"

static const struct route routes[] = {
    { .method = HTTP_GET, .pattern = "/v1/users/{id}" },
    { .method = HTTP_GET, .pattern = "/v1/users/me", .context = "me" },
    { .method = HTTP_POST, .pattern = "/v1/users/{id}", .media = "application/vnd.x.account.Lock+json" },
    { .method = HTTP_PUT, .pattern = "/v1/users/{id}", .media = "application/json" },
    { .method = HTTP_GET, .pattern = "/{environment}/signon/" },
};

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
    assert_ok(router_match(r, rq, &found));
    router_free(r);
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
    assert_true(str_list_has(found.allow, ',', STR("GET")) && str_list_has(found.allow, ',', STR("PUT")));
}

TEST(router, chooses_by_media_type_with_or_without_its_suffix)
{
    struct http_request rq;

    assert_int_equal(
        match(HTTP_POST, "/v1/users/a", "application/vnd.x.account.lock+json;charset=UTF-8", &rq).match,
        MATCH_FOUND);
    assert_int_equal(match(HTTP_POST, "/v1/users/a", "application/vnd.x.account.Lock", &rq).match,
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
}
