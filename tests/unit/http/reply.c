/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in replies, and when a connection stays open for the next request. */
#include "wire.h"

#include "base/uuid.h"

#include <unistd.h>

#define GET(target, headers) "GET " target " HTTP/1.1\r\nHost: localhost\r\n" headers "\r\n"
#define LAST                 GET("/hello", "Connection: close\r\n")

TEST(reply, has_the_headers_every_reply_has) /* reference: response headers */
{
    static const char *const headers[] = {
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nX-Frame-Options: DENY\r\n",
        "\r\nX-XSS-Protection: 0\r\n",
        "\r\nCache-Control: no-cache, no-store, max-age=0, must-revalidate\r\n",
        "\r\nPragma: no-cache\r\n",
        "\r\nExpires: 0\r\n",
        "\r\nVary: Origin, Accept\r\n",
        "\r\nCorrelation-Id: ",
        "\r\nDate: ",
    };
    struct running r = wire_start(10, NULL);
    struct str fine = wire_ask(&r, STR(LAST)), none = wire_ask(&r, STR(GET("/x", "Connection: close\r\n"))),
               bad = wire_ask(&r, STR("GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n"));

    for (size_t i = 0; i < LENGTH(headers); i++) {
        assert_int_equal(wire_count(fine, headers[i]), 1);
        assert_int_equal(wire_count(none, headers[i]), 1);
        assert_int_equal(wire_count(bad, headers[i]), 1);
    }
    assert_null(strstr(fine.p, "Strict-Transport-Security"));
    wire_stop(&r);
}

TEST(reply, keeps_the_handlers_own_cache_control)
{
    struct running r = wire_start(10, NULL);
    struct str answer = wire_ask(&r, STR(GET("/cached", "Connection: close\r\n")));

    assert_non_null(strstr(answer.p, "\r\ncache-control: max-age=60\r\n"));
    assert_null(strstr(answer.p, "no-store"));
    assert_null(strstr(answer.p, "Pragma"));
    wire_stop(&r);
}

TEST(reply, has_cors_headers_for_an_origin_only)
{
    struct running r = wire_start(10, NULL);
    struct str answer = wire_ask(&r, STR(GET("/hello", "Origin: null\r\nConnection: close\r\n")));

    assert_non_null(strstr(answer.p, "\r\nAccess-Control-Allow-Origin: *\r\n"));
    assert_non_null(strstr(answer.p, "\r\nAccess-Control-Expose-Headers: Correlation-Id\r\n"));
    answer = wire_ask(&r, STR(LAST));
    assert_null(strstr(answer.p, "Access-Control"));
    answer = wire_ask(&r, STR(GET("/cached", "Origin: null\r\nConnection: close\r\n")));
    assert_null(strstr(answer.p, "Access-Control"));
    wire_stop(&r);
}

TEST(reply, to_head_has_a_length_and_no_body)
{
    struct running r = wire_start(10, NULL);
    struct str answer =
        wire_ask(&r, STR("HEAD /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));

    assert_int_equal(wire_status(answer), 200);
    assert_non_null(strstr(answer.p, "\r\nContent-Length: 7\r\n"));
    assert_true(str_ends(answer, STR("\r\n\r\n")));
    wire_stop(&r);
}

TEST(reply, says_how_long_to_wait)
{
    struct running r = wire_start(10, NULL);
    struct str answer = wire_ask(&r, STR(GET("/later", "Connection: close\r\n")));

    assert_int_equal(wire_status(answer), 429);
    assert_non_null(strstr(answer.p, "\r\nRetry-After: 30\r\n"));
    wire_stop(&r);
}

TEST(reply, of_what_has_no_route_leaves_the_connection_open)
{
    static const struct {
        int status;
        struct str request;
    } rows[] = {
        { 404, STR(GET("/x", "") LAST) },
        { 404, STR("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc" LAST) },
        { 404, STR("POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" LAST) },
        { 405, STR("PUT /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc" LAST) },
        { 400, STR(GET("/files/%zz", "") LAST) },
        { 204, STR("OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
                   "Access-Control-Request-Method: GET\r\n\r\n" LAST) },
    };
    struct running r = wire_start(10, NULL);

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct str answer = wire_ask(&r, rows[i].request);

        assert_int_equal(wire_status(answer), rows[i].status);
        assert_true(str_ends(answer, STR("hello 0")));
    }
    wire_stop(&r);
}

/* Otherwise the client would send what nobody reads. */
TEST(reply, to_a_client_that_waits_for_leave_comes_at_once)
{
    static const struct {
        int status;
        const char *request;
    } rows[] = {
        { 404, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n" },
        { 413,
          "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n" },
        { 404, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8388609\r\n\r\n" },
    };
    struct running r = wire_start(10, NULL);

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct str answer = wire_ask(&r, str_from(rows[i].request));

        assert_int_equal(wire_status(answer), rows[i].status);
        assert_non_null(strstr(answer.p, "\r\nConnection: close\r\n"));
    }
    wire_stop(&r);
}

TEST(reply, gives_leave_to_send_a_body)
{
    static const char head[] = "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
                               "Connection: close\r\nExpect: 100-continue\r\n\r\n";
    struct running r = wire_start(10, NULL);
    int fd = wire_dial(&r);

    assert_true(send(fd, head, strlen(head), MSG_NOSIGNAL) > 0);
    assert_int_equal(wire_status(wire_receive(fd, "\r\n\r\n")), 100);
    assert_true(send(fd, "abc", 3, MSG_NOSIGNAL) == 3);
    assert_true(str_ends(wire_receive(fd, NULL), STR("hello 3")));
    close(fd);
    wire_stop(&r);
}

enum { AT_ONCE = 100 };

#define CLOSE    "Connection: close\r\n"
#define ID_FIELD "\r\nCorrelation-Id: "

static struct str correlation_in(struct str answer)
{
    const char *at = strstr(answer.p, ID_FIELD);

    assert_non_null(at);
    return (struct str){ at + strlen(ID_FIELD), UUID_TEXT_LENGTH };
}

TEST(reply, that_repeats_is_correlated_with_its_own_request)
{
    struct running r = wire_start(10, NULL);
    struct str answers[AT_ONCE];
    int fds[AT_ONCE];

    for (size_t i = 0; i < AT_ONCE; i++) {
        fds[i] = wire_dial(&r);
        assert_true(
            send(fds[i], GET("/repeats/a?x", CLOSE), strlen(GET("/repeats/a?x", CLOSE)), MSG_NOSIGNAL) > 0);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        struct uuid id;

        answers[i] = wire_receive(fds[i], NULL);
        close(fds[i]);
        assert_int_equal(wire_count(answers[i], ID_FIELD), 1);
        assert_ok(uuid_parse(correlation_in(answers[i]), &id));
        for (size_t k = 0; k < i; k++)
            assert_false(str_eq(correlation_in(answers[i]), correlation_in(answers[k])));
    }
    wire_stop(&r);
}

/* One event loop has all connections, and thus all answers. */
TEST(reply, that_repeats_is_kept_for_its_path_and_body_only)
{
    static const struct {
        const char *request, *name, *body;
    } rows[] = {
        { GET("/repeats/a?x", CLOSE), "\r\nX-Name: a\r\n", "\r\n\r\nx" },
        { GET("/repeats/a?y", CLOSE), "\r\nX-Name: a\r\n", "\r\n\r\ny" },
        { GET("/repeats/b?y", CLOSE), "\r\nX-Name: b\r\n", "\r\n\r\ny" },
        { "HEAD /repeats/b?y HTTP/1.1\r\nHost: localhost\r\n" CLOSE "\r\n", "\r\nX-Name: b\r\n", "\r\n\r\n" },
    };
    struct running r = wire_start(10, &(struct http_options){ .header_timeout_s = 1, .threads = 1 });

    for (size_t i = 0; i < 2 * LENGTH(rows); i++) {
        struct str answer = wire_ask(&r, str_from(rows[i / 2].request));

        assert_int_equal(wire_status(answer), 200);
        assert_non_null(strstr(answer.p, rows[i / 2].name));
        assert_true(str_ends(answer, str_from(rows[i / 2].body)));
    }
    wire_stop(&r);
}

TEST(reply, that_repeats_speaks_to_the_origin_that_asks)
{
    struct running r = wire_start(10, &(struct http_options){ .header_timeout_s = 1, .threads = 1 });
    struct str before = wire_ask(&r, STR(GET("/repeats/a?x", CLOSE))),
               scripts = wire_ask(&r, STR(GET("/repeats/a?x", "Origin: https://a.example\r\n" CLOSE))),
               after = wire_ask(&r, STR(GET("/repeats/a?x", CLOSE)));

    assert_null(strstr(before.p, "Access-Control"));
    assert_non_null(strstr(scripts.p, "\r\nAccess-Control-Allow-Origin: *\r\n"));
    assert_null(strstr(after.p, "Access-Control"));
    wire_stop(&r);
}

/* Behind a proxy a server has clients with and without TLS. */
TEST(reply, that_repeats_is_strict_about_tls_with_those_who_use_it)
{
    struct network proxies[1];
    struct http_options o = { .header_timeout_s = 1, .threads = 1, .trust = { proxies, LENGTH(proxies) } };
    struct running r;
    struct str bare, secure;

    assert_ok(network_parse(STR("127.0.0.1"), &proxies[0]));
    r = wire_start(10, &o);
    bare = wire_ask(&r, STR(GET("/repeats/a?x", CLOSE)));
    secure = wire_ask(&r, STR(GET("/repeats/a?x", "X-Forwarded-Proto: https\r\n" CLOSE)));
    assert_null(strstr(bare.p, "Strict-Transport-Security"));
    assert_non_null(strstr(secure.p, "\r\nStrict-Transport-Security: "));
    wire_stop(&r);
}

TEST(reply, that_repeats_closes_the_connection_of_a_server_that_leaves)
{
    struct running r = wire_start(10, &(struct http_options){ .header_timeout_s = 1, .threads = 1 });
    struct str before = wire_ask(&r, STR(GET("/repeats/a?x", CLOSE))), after;

    http_server_part(r.server);
    after = wire_ask(&r, STR(GET("/repeats/a?x", "")));
    assert_int_equal(wire_status(before), 200);
    assert_non_null(strstr(after.p, "\r\nConnection: close\r\n"));
    wire_stop(&r);
}
