/* SPDX-License-Identifier: Apache-2.0 */
/* A server on a free port, spoken to over raw sockets. */
#include "test.h"

#include "http/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static enum err hello(struct http_request *rq, struct http_response *rs)
{
    rs->status = 200;
    rs->content_type = STR("text/plain");
    return str_printf(rq->arena, &rs->body, "hello %zu", rq->body.len);
}

static enum err slow(struct http_request *rq, struct http_response *rs)
{
    const struct timespec moment = { .tv_nsec = 300 * 1000 * 1000 };

    nanosleep(&moment, NULL);
    return hello(rq, rs);
}

static void fail_plainly(struct http_request *rq, struct http_response *rs)
{
    rs->status = rq->problem.status;
}

static const struct route routes[] = {
    { .method = HTTP_GET,
      .pattern = "/hello",
      .cost = COST_INLINE,
      .cors = CORS_ANY_ORIGIN,
      .handle = hello,
      .fail = fail_plainly },
    { .method = HTTP_POST,
      .pattern = "/work",
      .cost = COST_WORK,
      .body_max_bytes = 1000,
      .handle = hello,
      .fail = fail_plainly },
    { .method = HTTP_GET, .pattern = "/slow", .cost = COST_WORK, .handle = slow, .fail = fail_plainly },
};

struct running {
    struct router *router;
    struct http_workers *workers;
    struct http_server *server;
};

static struct running start(size_t queue_max)
{
    static const char *const hosts[] = { "localhost", NULL };
    struct http_options o = {
        .address = "127.0.0.1", .fail = fail_plainly, .hosts = hosts, .header_timeout_s = 1
    };
    struct running r;

    assert_ok(router_new(routes, LENGTH(routes), &r.router));
    assert_ok(http_workers_new(1, queue_max, &r.workers));
    o.router = r.router;
    o.workers = r.workers;
    assert_ok(http_server_start(&o, &r.server));
    return r;
}

static void stop(struct running *r)
{
    http_server_stop(r->server);
    http_workers_free(r->workers);
    router_free(r->router);
}

static int dial(const struct running *r)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(http_server_port(r->server)) };
    const struct timeval patience = { .tv_sec = 10 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

/* Everything until the other side closes, or `enough` has come. */
static struct str receive(int fd, const char *enough)
{
    size_t size = 64 * 1024, n = 0;
    char *p = arena_alloc(test_arena(), size);

    while (n < size - 1) {
        ssize_t got = recv(fd, p + n, size - 1 - n, 0);

        if (got <= 0)
            break;
        n += (size_t)got;
        if (enough && strstr(p, enough))
            break;
    }
    return (struct str){ p, n };
}

static struct str ask(const struct running *r, struct str text)
{
    int fd = dial(r);
    struct str answer;

    assert_int_equal(send(fd, text.p, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
    answer = receive(fd, NULL);
    close(fd);
    return answer;
}

static int status_of(struct str answer)
{
    int64_t status = 0;

    return str_int(str_slice(answer, 9, 3), &status) == OK ? (int)status : 0;
}

TEST(server, answers_inline_and_from_a_worker)
{
    struct running r = start(10);
    struct str answer;

    answer = ask(&r, STR("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    assert_int_equal(status_of(answer), 200);
    assert_true(str_ends(answer, STR("hello 0")));
    answer = ask(
        &r,
        STR("POST /work HTTP/1.1\r\nHost: LOCALHOST:1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"));
    assert_true(str_ends(answer, STR("hello 3")));
    stop(&r);
}

TEST(server, refuses_requests_that_can_be_read_two_ways)
{
    static const char *const rows[] = {
        "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /work HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET http://localhost/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
    };
    struct running r = start(10);

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(status_of(ask(&r, str_from(rows[i]))), 400);
    stop(&r);
}

/* Each would be answered 200 by the library, with the rest of it taken for the next request. */
TEST(server, refuses_heads_that_hide_something)
{
    static const struct str rows[] = {
        STR("POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length : 3\r\n\r\nabc"),
        STR("POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n 4\r\n\r\nabcd"),
        STR("POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\0"
            "4\r\n\r\nabc"),
        STR("POST /work HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        STR("GET /hello\0x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        STR("GET /hello\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        STR("GET\0 /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        STR("GET /hello HTTP/1.1\r\nHost: localhost\0.evil\r\n\r\n"),
        STR("GET /hello HTTP/1.1\r\nX: a\rY: b\r\nHost: localhost\r\n\r\n"),
        STR("GET /hello HTTP/1.1\r\n Host: x\r\nHost: localhost\r\n\r\n"),
        STR("GET /hello HTTP/1.1\nHost: localhost\n\n"),
    };
    struct running r = start(10);

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct str answer = ask(&r, rows[i]);

        assert_int_equal(status_of(answer), 400);
        assert_non_null(strstr(answer.p, "Connection: close\r\n"));
    }
    stop(&r);
}

static size_t occurrences(struct str text, const char *word)
{
    size_t n = 0;

    for (const char *p = text.p; (p = strstr(p, word)); p++)
        n++;
    return n;
}

TEST(server, answers_pipelined_requests_in_order)
{
    struct running r = start(10);
    struct str answer =
        ask(&r, STR("GET /hello HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; c=d\r\n\r\n"
                    "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
                    "\r\nGET /hello?a=b&c HTTP/1.1\r\nHost:localhost\r\nConnection: close\r\n\r\n"));

    assert_int_equal(occurrences(answer, "HTTP/1.1 200 "), 3);
    assert_true(strstr(answer.p, "hello 3") > strstr(answer.p, "hello 0"));
    assert_true(str_ends(answer, STR("hello 0")));
    stop(&r);
}

TEST(server, takes_a_head_that_comes_octet_by_octet)
{
    static const char text[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\nX:\r\nY: \t z \r\n"
                               "Connection: close\r\n\r\n";
    const struct timespec moment = { .tv_nsec = 1000 * 1000 };
    struct running r = start(10);
    int fd = dial(&r);

    for (size_t i = 0; i < strlen(text); i++) {
        assert_int_equal(send(fd, text + i, 1, MSG_NOSIGNAL), 1);
        nanosleep(&moment, NULL);
    }
    assert_int_equal(status_of(receive(fd, NULL)), 200);
    close(fd);
    stop(&r);
}

TEST(server, answers_only_for_its_hosts)
{
    struct running r = start(10);

    assert_int_equal(status_of(ask(&r, STR("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n"))), 421);
    stop(&r);
}

TEST(server, says_which_methods_a_path_has)
{
    struct running r = start(10);
    struct str answer = ask(&r, STR("DELETE /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"));

    assert_int_equal(status_of(answer), 405);
    assert_non_null(strstr(answer.p, "Allow: GET\r\n"));
    assert_int_equal(status_of(ask(&r, STR("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"))), 404);
    stop(&r);
}

TEST(server, answers_preflights_only_where_cors_is)
{
    struct running r = start(10);
    struct str answer =
        ask(&r, STR("OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
                    "Access-Control-Request-Method: GET\r\nConnection: close\r\n\r\n"));

    assert_int_equal(status_of(answer), 204);
    assert_non_null(strstr(answer.p, "Access-Control-Allow-Origin: *\r\n"));
    assert_null(strstr(answer.p, "Allow-Credentials"));
    answer = ask(&r, STR("OPTIONS /work HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
                         "Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n"));
    assert_int_equal(status_of(answer), 405);
    assert_null(strstr(answer.p, "Access-Control"));
    stop(&r);
}

static struct str with_body(size_t n, bool chunked)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct str text;

    buf_add_z(&b, "POST /work HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    if (chunked)
        buf_printf(&b, "Transfer-Encoding: chunked\r\n\r\n%zx\r\n", n);
    else
        buf_printf(&b, "Content-Length: %zu\r\n\r\n", n);
    for (size_t i = 0; i < n; i++)
        buf_add_char(&b, 'x');
    if (chunked)
        buf_add_z(&b, "\r\n0\r\n\r\n");
    assert_ok(buf_finish(&b, &text));
    return text;
}

TEST(server, takes_a_body_of_its_limit_and_refuses_one_octet_more)
{
    struct running r = start(10);

    assert_int_equal(status_of(ask(&r, with_body(1000, false))), 200);
    assert_int_equal(status_of(ask(&r, with_body(1001, false))), 413);
    assert_int_equal(status_of(ask(&r, with_body(1000, true))), 200);
    assert_int_equal(status_of(ask(&r, with_body(1001, true))), 413);
    stop(&r);
}

static struct str with_headers(size_t octets)
{
    static const char head[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    /* as the server counts: name, value and four octets a header, and the target */
    size_t counted = strlen("/hello") + strlen("Host: localhost\r\n") + strlen("Connection: close\r\n") +
                     strlen("X: \r\n");
    struct str text;

    buf_add_z(&b, head);
    buf_add_z(&b, "X: ");
    for (size_t i = counted; i < octets; i++)
        buf_add_char(&b, 'x');
    buf_add_z(&b, "\r\n\r\n");
    assert_ok(buf_finish(&b, &text));
    return text;
}

TEST(server, takes_32_kib_of_headers_and_refuses_more)
{
    struct running r = start(10);

    assert_int_equal(status_of(ask(&r, with_headers(32 * 1024))), 200);
    assert_int_equal(status_of(ask(&r, with_headers(32 * 1024 + 1))), 431);
    stop(&r);
}

TEST(server, shuts_a_connection_that_drips_its_headers)
{
    struct running r = start(10);
    int fd = dial(&r);
    struct str answer;

    assert_true(send(fd, "GET /hello HTTP/1.1\r\nHost", 25, MSG_NOSIGNAL) > 0);
    answer = receive(fd, NULL);
    assert_true(answer.len == 0 || status_of(answer) >= 400);
    close(fd);
    stop(&r);
}

TEST(server, answers_503_when_its_queue_is_full)
{
    static const char request[] = "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct running r = start(1);
    int fds[6], busy = 0;

    for (size_t i = 0; i < LENGTH(fds); i++) {
        fds[i] = dial(&r);
        assert_true(send(fds[i], request, strlen(request), MSG_NOSIGNAL) > 0);
    }
    for (size_t i = 0; i < LENGTH(fds); i++) {
        struct str answer = receive(fds[i], NULL);

        busy += status_of(answer) == 503;
        assert_true(status_of(answer) == 200 || strstr(answer.p, "Retry-After: 1\r\n"));
        close(fds[i]);
    }
    assert_in_range(busy, 1, LENGTH(fds) - 1);
    stop(&r);
}

TEST(server, finishes_what_is_under_way_before_it_stops)
{
    static const char request[] = "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const struct timespec moment = { .tv_nsec = 100 * 1000 * 1000 };
    struct running r = start(10);
    int fd = dial(&r);

    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    nanosleep(&moment, NULL);
    stop(&r);
    assert_int_equal(status_of(receive(fd, NULL)), 200);
    close(fd);
}

TEST(server, says_that_a_port_is_in_use)
{
    struct running r = start(10);
    struct http_options o = {
        .address = "127.0.0.1", .port = http_server_port(r.server), .router = r.router, .workers = r.workers
    };
    struct http_server *other;

    assert_err(http_server_start(&o, &other), CONFLICT);
    o.address = "nowhere";
    assert_err(http_server_start(&o, &other), INVALID);
    stop(&r);
}
