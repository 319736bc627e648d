/* SPDX-License-Identifier: Apache-2.0 */
/* What a server takes and what it refuses: heads, hosts, bodies, limits, time. */
#include "wire.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

TEST(server, answers_inline_and_from_a_worker)
{
    struct running r = wire_start(10, NULL);
    struct str answer;

    answer = wire_ask(&r, STR("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    assert_int_equal(wire_status(answer), 200);
    assert_true(str_ends(answer, STR("hello 0")));
    answer = wire_ask(
        &r,
        STR("POST /work HTTP/1.1\r\nHost: LOCALHOST:1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"));
    assert_true(str_ends(answer, STR("hello 3")));
    wire_stop(&r);
}

TEST(server, moves_a_request_that_would_have_to_wait_to_a_worker)
{
    struct running r = wire_start(10, &(struct http_options){ .store_waits = true });
    struct str answer =
        wire_ask(&r, STR("GET /waiting HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));

    assert_int_equal(wire_status(answer), 200);
    assert_int_equal(wire_count(answer, "X-Tries: one"), 1);
    assert_true(str_ends(answer, STR("hello 0")));
    wire_stop(&r);
}

enum { SIGNERS = 16 };

#define ASK(target) "GET " target " HTTP/1.1\r\nHost: localhost\r\n\r\n"

/* -> the thread that answered */
static const char *thread_of(int fd, const char *request)
{
    const char *at;

    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    at = strstr(wire_receive(fd, "thread ").p, "thread ");
    assert_non_null(at);
    return at;
}

TEST(server, signs_on_its_event_loop_for_a_few_connections_and_by_workers_for_more)
{
    struct running r = wire_start(10, &(struct http_options){ .header_timeout_s = 10, .threads = 1 });
    const char *loop, *by;
    int fds[SIGNERS + 1];

    for (size_t i = 0; i <= SIGNERS; i++) {
        fds[i] = wire_dial(&r);
        loop = thread_of(fds[i], ASK("/thread"));
    }
    for (size_t i = 0; i <= SIGNERS; i++) {
        by = thread_of(fds[i], ASK("/signature"));
        assert_int_equal(strcmp(by, loop) == 0, i < SIGNERS);
    }
    for (size_t i = 0; i < SIGNERS; i++)
        assert_string_equal(thread_of(fds[i], ASK("/signature")), loop);
    for (size_t i = 0; i <= SIGNERS; i++)
        close(fds[i]);
    wire_stop(&r);
}

TEST(server, waits_for_more_than_a_signature_on_a_worker)
{
    struct running r = wire_start(10, &(struct http_options){ .header_timeout_s = 1, .threads = 1 });
    int fd = wire_dial(&r);
    const char *loop = thread_of(fd, ASK("/signature"));

    assert_string_not_equal(thread_of(fd, ASK("/signature?wait")), loop);
    close(fd);
    wire_stop(&r);
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
    struct running r = wire_start(10, NULL);

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(wire_status(wire_ask(&r, str_from(rows[i]))), 400);
    wire_stop(&r);
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
    struct running r = wire_start(10, NULL);

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct str answer = wire_ask(&r, rows[i]);

        assert_int_equal(wire_status(answer), 400);
        assert_non_null(strstr(answer.p, "Connection: close\r\n"));
    }
    wire_stop(&r);
}

TEST(server, answers_pipelined_requests_in_order)
{
    struct running r = wire_start(10, NULL);
    struct str answer =
        wire_ask(&r, STR("GET /hello HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; c=d\r\n\r\n"
                         "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
                         "\r\nGET /hello?a=b&c HTTP/1.1\r\nHost:localhost\r\nConnection: close\r\n\r\n"));

    assert_int_equal(wire_count(answer, "HTTP/1.1 200 "), 3);
    assert_true(strstr(answer.p, "hello 3") > strstr(answer.p, "hello 0"));
    assert_true(str_ends(answer, STR("hello 0")));
    wire_stop(&r);
}

TEST(server, takes_a_head_that_comes_octet_by_octet)
{
    static const char text[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\nX:\r\nY: \t z \r\n"
                               "Connection: close\r\n\r\n";
    const struct timespec moment = { .tv_nsec = 1000 * 1000 };
    struct running r = wire_start(10, NULL);
    int fd = wire_dial(&r);

    for (size_t i = 0; i < strlen(text); i++) {
        assert_int_equal(send(fd, text + i, 1, MSG_NOSIGNAL), 1);
        nanosleep(&moment, NULL);
    }
    assert_int_equal(wire_status(wire_receive(fd, NULL)), 200);
    close(fd);
    wire_stop(&r);
}

TEST(server, answers_only_for_its_hosts)
{
    struct running r = wire_start(10, NULL);

    assert_int_equal(wire_status(wire_ask(&r, STR("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n"))),
                     421);
    wire_stop(&r);
}

TEST(server, says_which_methods_a_path_has)
{
    struct running r = wire_start(10, NULL);
    struct str answer =
        wire_ask(&r, STR("DELETE /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));

    assert_int_equal(wire_status(answer), 405);
    assert_non_null(strstr(answer.p, "Allow: GET, HEAD\r\n"));
    assert_int_equal(wire_status(wire_ask(
                         &r, STR("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))),
                     404);
    wire_stop(&r);
}

TEST(server, answers_preflights_only_where_cors_is)
{
    struct running r = wire_start(10, NULL);
    struct str answer =
        wire_ask(&r, STR("OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
                         "Access-Control-Request-Method: GET\r\nConnection: close\r\n\r\n"));

    assert_int_equal(wire_status(answer), 204);
    assert_non_null(strstr(answer.p, "Access-Control-Allow-Origin: *\r\n"));
    assert_null(strstr(answer.p, "Allow-Credentials"));
    answer = wire_ask(&r, STR("OPTIONS /work HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
                              "Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n"));
    assert_int_equal(wire_status(answer), 405);
    assert_null(strstr(answer.p, "Access-Control"));
    wire_stop(&r);
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
    struct running r = wire_start(10, NULL);

    assert_int_equal(wire_status(wire_ask(&r, with_body(1000, false))), 200);
    assert_int_equal(wire_status(wire_ask(&r, with_body(1001, false))), 413);
    assert_int_equal(wire_status(wire_ask(&r, with_body(1000, true))), 200);
    assert_int_equal(wire_status(wire_ask(&r, with_body(1001, true))), 413);
    wire_stop(&r);
}

enum { MIB = 1024 * 1024 };

/* Send a head and a body of so many MiB, in chunks unless `length`. -> how many were taken */
static size_t send_megabytes(int fd, const char *target, size_t n, bool length)
{
    static char chunk[MIB + 16];
    struct str head;
    size_t sent = 0, size;

    assert_ok(str_printf(test_arena(), &head, "POST %s HTTP/1.1\r\nHost: localhost\r\n", target));
    assert_int_equal(send(fd, head.p, head.len, MSG_NOSIGNAL), (ssize_t)head.len);
    assert_ok(length ? str_printf(test_arena(), &head, "Content-Length: %zu\r\n\r\n", n * MIB)
                     : str_copy(test_arena(), STR("Transfer-Encoding: chunked\r\n\r\n"), &head));
    assert_int_equal(send(fd, head.p, head.len, MSG_NOSIGNAL), (ssize_t)head.len);
    memset(chunk, 'x', sizeof(chunk));
    memcpy(chunk, "100000\r\n", 8);
    memcpy(chunk + 8 + MIB, "\r\n0\r\n\r\n", 7);
    size = length ? MIB : MIB + 10;
    while (sent < n && send(fd, chunk + (length ? 8 : 0), size, MSG_NOSIGNAL) == (ssize_t)size)
        sent++;
    if (sent == n && !length)
        (void)!send(fd, chunk + 10 + MIB, 5, MSG_NOSIGNAL);
    return sent;
}

/* Most clients send all before they read. What nobody wants is read away, up to 8 MiB, and then the answer is
 * given and 8 MiB more are read. */
TEST(server, tells_who_sends_far_too_much_why_it_ends)
{
    static const struct {
        const char *target;
        size_t megabytes;
        bool length;
        int status;
    } rows[] = {
        { "/work", 2, false, 413 },    { "/work", 2, true, 413 },     { "/work", 8, false, 413 },
        { "/work", 8, true, 413 },     { "/work", 9, true, 413 },     { "/work", 16, false, 413 },
        { "/work", 16, true, 413 },    { "/nowhere", 8, false, 404 }, { "/nowhere", 8, true, 404 },
        { "/nowhere", 9, false, 404 }, { "/nowhere", 16, true, 404 },
    };
    struct running r = wire_start(10, NULL);

    for (size_t i = 0; i < LENGTH(rows); i++) {
        bool closes = rows[i].megabytes > 8 || rows[i].status == 413;
        int fd = wire_dial(&r);
        struct str answer;

        assert_int_equal(send_megabytes(fd, rows[i].target, rows[i].megabytes, rows[i].length),
                         rows[i].megabytes);
        answer = wire_receive(fd, closes ? NULL : "\r\n\r\n");
        assert_int_equal(wire_status(answer), rows[i].status);
        assert_int_equal(wire_count(answer, "HTTP/1.1 "), 1);
        assert_int_equal(wire_count(answer, "Connection: close\r\n"), closes);
        close(fd);
    }
    wire_stop(&r);
}

/* Not for ever, though: what it sends is not read any more, and its answer may be lost. */
TEST(server, cuts_who_goes_on_sending)
{
    struct running r = wire_start(10, NULL);
    struct http_counters counted;
    int fd = wire_dial(&r);

    assert_in_range(send_megabytes(fd, "/work", 1000, false), 9, 100);
    close(fd);
    http_server_counters(r.server, &counted);
    assert_int_equal(counted.by_status[4], 1);
    wire_stop(&r);
}

/* A program that reads while it sends need not send it all. */
TEST(server, answers_while_the_body_still_comes)
{
    struct running r = wire_start(10, NULL);
    int fd = wire_dial(&r);

    assert_int_equal(send_megabytes(fd, "/work", 9, false), 9);
    (void)!send(fd, "5\r\nmore", 7, MSG_NOSIGNAL);
    assert_int_equal(wire_status(wire_receive(fd, NULL)), 413);
    close(fd);
    wire_stop(&r);
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
    struct running r = wire_start(10, NULL);

    assert_int_equal(wire_status(wire_ask(&r, with_headers(32 * 1024))), 200);
    assert_int_equal(wire_status(wire_ask(&r, with_headers(32 * 1024 + 1))), 431);
    wire_stop(&r);
}

TEST(server, shuts_a_connection_that_drips_its_headers)
{
    struct running r = wire_start(10, NULL);
    int fd = wire_dial(&r);
    struct str answer;

    assert_true(send(fd, "GET /hello HTTP/1.1\r\nHost", 25, MSG_NOSIGNAL) > 0);
    answer = wire_receive(fd, NULL);
    assert_true(answer.len == 0 || wire_status(answer) >= 400);
    close(fd);
    wire_stop(&r);
}

TEST(server, answers_503_when_its_queue_is_full)
{
    static const char request[] = "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct running r = wire_start(1, NULL);
    int fds[6], busy = 0;

    for (size_t i = 0; i < LENGTH(fds); i++) {
        fds[i] = wire_dial(&r);
        assert_true(send(fds[i], request, strlen(request), MSG_NOSIGNAL) > 0);
    }
    for (size_t i = 0; i < LENGTH(fds); i++) {
        struct str answer = wire_receive(fds[i], NULL);

        busy += wire_status(answer) == 503;
        assert_true(wire_status(answer) == 200 || strstr(answer.p, "Retry-After: 1\r\n"));
        close(fds[i]);
    }
    assert_in_range(busy, 1, LENGTH(fds) - 1);
    wire_stop(&r);
}

TEST(server, shuts_a_connection_that_drips_its_body)
{
    const struct http_options o = { .idle_timeout_s = 1 };
    const struct timespec moment = { .tv_nsec = 300 * 1000 * 1000 };
    static const char head[] = "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n";
    struct running r = wire_start(10, &o);
    int fd = wire_dial(&r), sent = 0;

    assert_true(send(fd, head, strlen(head), MSG_NOSIGNAL) > 0);
    while (sent < 20 && send(fd, "x", 1, MSG_NOSIGNAL) == 1) {
        sent++;
        nanosleep(&moment, NULL);
    }
    assert_in_range(sent, 2, 15);
    close(fd);
    wire_stop(&r);
}

TEST(server, says_that_a_port_is_in_use)
{
    struct running r = wire_start(10, NULL);
    struct http_options o = {
        .address = "127.0.0.1", .port = http_server_port(r.server), .router = r.router, .workers = r.workers
    };
    struct http_server *other;

    assert_err(http_server_start(&o, &other), CONFLICT);
    o.address = "nowhere";
    assert_err(http_server_start(&o, &other), INVALID);
    wire_stop(&r);
}
