/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include "base/wait.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static enum err hello(struct http_request *rq, struct http_response *rs)
{
    rs->status = 200;
    rs->content_type = STR("text/plain");
    return str_printf(rq->arena, &rs->body, "hello %zu", rq->body.len);
}

static enum err later(struct http_request *rq, struct http_response *rs UNUSED)
{
    (void)problem_set(rq, 429, REQUEST_LIMITED, STR_NONE);
    rq->problem.retry_after_s = 30;
    return FAILED;
}

static enum err cached(struct http_request *rq, struct http_response *rs)
{
    TRY(http_add_header(rs, "cache-control", STR("max-age=60")));
    return hello(rq, rs);
}

static enum err repeats(struct http_request *rq, struct http_response *rs)
{
    TRY(hello(rq, rs));
    rs->body = rq->query;
    rs->repeats = true;
    return http_add_header(rs, "X-Name", rq->params[0]);
}

static enum err slow(struct http_request *rq, struct http_response *rs)
{
    const struct timespec moment = { .tv_nsec = 300 * 1000 * 1000 };

    nanosleep(&moment, NULL);
    return hello(rq, rs);
}

static void let_go(void *held)
{
    atomic_fetch_sub((atomic_int *)held, 1);
}

/* Spoils its request and its answer when it would have to wait, and holds what it had until then. */
static enum err waiting(struct http_request *rq, struct http_response *rs)
{
    static atomic_int held;

    rs->status = 418;
    TRY(http_add_header(rs, "X-Tries", STR("one")));
    if (!wait_allowed()) {
        rq->cors = CORS_ANY_ORIGIN;
        atomic_fetch_add(&held, 1);
        TRY(arena_defer(rq->arena, let_go, &held));
        return problem_set(rq, 503, UNEXPECTED_ERROR, STR_NONE);
    }
    return rq->problem.status || rq->cors != CORS_NONE || held ? IO : hello(rq, rs);
}

/* Says which thread it runs on; with a query it has to wait. */
static enum err thread(struct http_request *rq, struct http_response *rs)
{
    if (rq->query.len && !wait_allowed())
        return UNAVAILABLE;
    rs->status = 200;
    return str_printf(rq->arena, &rs->body, "thread %d", gettid());
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
    { .method = HTTP_GET, .pattern = "/files/{name}", .handle = hello, .fail = fail_plainly },
    { .method = HTTP_GET, .pattern = "/later", .cost = COST_INLINE, .handle = later, .fail = fail_plainly },
    { .method = HTTP_GET, .pattern = "/cached", .cost = COST_INLINE, .handle = cached, .fail = fail_plainly },
    { .method = HTTP_GET,
      .pattern = "/repeats/{name}",
      .cost = COST_INLINE,
      .cors = CORS_ANY_ORIGIN,
      .handle = repeats,
      .fail = fail_plainly },
    { .method = HTTP_GET,
      .pattern = "/waiting",
      .cost = COST_INLINE,
      .handle = waiting,
      .fail = fail_plainly },
    { .method = HTTP_GET, .pattern = "/thread", .cost = COST_INLINE, .handle = thread, .fail = fail_plainly },
    { .method = HTTP_GET,
      .pattern = "/signature",
      .cost = COST_SIGNATURE,
      .handle = thread,
      .fail = fail_plainly },
    { .method = HTTP_GET, .pattern = "/slow", .cost = COST_WORK, .handle = slow, .fail = fail_plainly },
};

struct running wire_start(size_t queue_max, const struct http_options *more)
{
    static const char *const hosts[] = { "localhost", "[::1]", NULL };
    struct http_options o = more ? *more : (struct http_options){ .header_timeout_s = 1 };
    struct running r = { .server = NULL };

    o.address = "127.0.0.1";
    o.fail = fail_plainly;
    o.hosts = hosts;

    assert_ok(router_new(routes, LENGTH(routes), &r.router));
    assert_ok(http_workers_new(1, queue_max, &r.workers));
    o.router = r.router;
    o.workers = r.workers;
    assert_ok(http_server_start(&o, &r.server));
    return r;
}

void wire_stop(struct running *r)
{
    http_server_stop(r->server);
    http_workers_free(r->workers);
    router_free(r->router);
}

int wire_dial(const struct running *r)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(http_server_port(r->server)) };
    const struct timeval patience = { .tv_sec = 10 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

struct str wire_receive(int fd, const char *enough)
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

struct str wire_ask(const struct running *r, struct str text)
{
    int fd = wire_dial(r);
    struct str answer;

    assert_int_equal(send(fd, text.p, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
    answer = wire_receive(fd, NULL);
    close(fd);
    return answer;
}

int wire_status(struct str answer)
{
    int64_t status = 0;

    return str_int(str_slice(answer, 9, 3), &status) == OK ? (int)status : 0;
}

size_t wire_count(struct str text, const char *word)
{
    size_t n = 0;

    for (const char *p = text.p; (p = strstr(p, word)); p++)
        n++;
    return n;
}
