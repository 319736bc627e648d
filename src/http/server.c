/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd underneath: its callbacks in the order a request meets them. A request is one exchange; while
 * a worker has it, its connection is suspended and nobody else touches either.
 */
#include "http/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/uuid.h"
#include "base/wait.h"
#include "http/acceptor.h"
#include "http/connections.h"
#include "http/framing.h"
#include "http/lanes.h"
#include "http/parting.h"
#include "http/reply.h"
#include "http/tls.h"
#include "http/workers.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY = 64 * 1024,
    CONNECTIONS_MAX = 20000,
    HEADERS_MAX = 100,
    SILENCE_WAITS = 100,           /* of 2 ms, when stopping */
    SEND_WAITS = 2500,             /* of 2 ms, when stopping */
    DISCARD_MAX = 8 * 1024 * 1024, /* of a body nobody wants, before its answer; twice as much in all */
    PARTING_S = 10,                /* for a client to send the rest, and to read the answer */
};

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
    struct acceptor *acceptor;
    struct connections *connections;
    struct lanes *lanes;
    bool cuts_in_place; /* see gap_fault */
    _Atomic uint64_t rejected;
    _Atomic int64_t in_flight; /* requests that workers have */
    atomic_bool draining;      /* each answer closes its connection */
    atomic_bool stopping;      /* no request goes to a worker any more */
};

enum state {
    READING,
    REFUSED, /* the answer is made; the body is only read away */
    PARTED,  /* the answer is given; the body is still read away */
    WORKING,
    ANSWERING,
};

/* One request and its response. */
struct exchange {
    struct task task; /* first: a task is an exchange */
    struct http_request rq;
    struct http_response rs;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct open_connection *open;
    struct lane *lane;
    struct arena *arena;
    struct str target;
    const char *raw_target; /* where the library has it */
    struct str version;
    struct str allow; /* of a 405 */
    struct buf body;
    size_t body_max, discarded;
    bool close, heard;
    enum state state;
    int64_t begun_ns; /* when requests are logged */
    char correlation[UUID_TEXT_LENGTH + 1];
};

static struct open_connection *open_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

/* The request line has come: the exchange begins, with the target as it was sent. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct http_server *s = cls;
    struct lane *lane = lanes_mine(s->lanes);
    struct arena *a = lane_begin(lane);
    struct exchange *x = a ? ARENA_NEW(a, struct exchange) : NULL;

    if (!x || str_copy(a, str_from(target), &x->target) != OK) {
        if (a)
            lane_end(lane, a);
        return NULL;
    }
    x->lane = lane;
    x->raw_target = target;
    x->arena = a;
    x->server = s;
    x->connection = connection;
    x->open = open_of(connection);
    x->begun_ns = s->options.log_requests ? clock_monotonic_ns() : 0;
    return x;
}

static enum http_method method_named(const char *name)
{
    static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

    for (size_t i = 0; i < LENGTH(names); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum http_method)i;
    return HTTP_OTHER;
}

struct header_list {
    struct http_header *items;
    size_t n, max, octets;
};

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind UNUSED, const char *name, size_t name_len,
                                 const char *value, size_t value_len)
{
    struct header_list *l = cls;

    l->octets += name_len + value_len + 4;
    if (l->n == l->max)
        return MHD_NO;
    l->items[l->n++] =
        (struct http_header){ { name, name_len }, { value ? value : "", value ? value_len : 0 } };
    return MHD_YES;
}

static enum err read_head(struct exchange *x, const char *method, const char *version, size_t *ret_octets)
{
    int headers = MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, NULL, NULL);
    struct header_list l = { .max = headers > 0 && headers < HEADERS_MAX ? (size_t)headers : HEADERS_MAX };
    size_t question = str_index(x->target, '?');
    struct http_request *rq = &x->rq;

    l.items = ARENA_ARRAY(x->arena, struct http_header, l.max);
    if (!l.items)
        return NO_MEMORY;
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, on_header, &l);
    uuid_format(uuid_v4(), x->correlation);
    *rq = (struct http_request){
        .arena = x->arena,
        .method = method_named(method),
        .path = str_slice(x->target, 0, question),
        .query = question < x->target.len ? str_slice(x->target, question + 1, x->target.len) : STR_NONE,
        .headers = l.items,
        .headers_n = l.n,
        .scheme = x->server->options.tls ? STR("https") : STR("http"),
        .remote_ip = str_from(x->open ? connections_address(x->open) : ""),
        .correlation_id = { x->correlation, UUID_TEXT_LENGTH },
        .app = x->server->options.app,
    };
    rq->authority = http_header(rq, "Host");
    x->version = str_from(version);
    *ret_octets = l.octets + x->target.len;
    if (l.n == HEADERS_MAX)
        *ret_octets = SIZE_MAX;
    return forwarded_apply(&x->server->options.trust, rq);
}

static bool is_public_host(const struct http_server *s, struct str host)
{
    struct str name = framing_host_name(host);

    for (const char *const *h = s->options.hosts; h && *h; h++)
        if (str_is_nocase(name, *h))
            return true;
    return !s->options.hosts;
}

static enum MHD_Result answer(struct exchange *x);

static void fail(struct exchange *x)
{
    http_failure *render = x->rq.route && x->rq.route->fail ? x->rq.route->fail : x->server->options.fail;
    int wait_s = x->rq.problem.retry_after_s;
    struct str text;

    x->rs = (struct http_response){ 0 };
    render(&x->rq, &x->rs);
    if (wait_s && str_printf(x->arena, &text, "%d", wait_s) == OK)
        (void)!http_add_header(&x->rs, "Retry-After", text);
}

/* Make the answer that is given instead of running a handler. */
static void explain(struct exchange *x, int status, enum problem_code code, const char *message)
{
    (void)problem_set(&x->rq, status, code, STR_NONE);
    if (message)
        (void)problem_detail(&x->rq, INVALID_VALUE, STR_NONE, str_from(message));
    x->rq.problem.retry_after_s = status == 503;
    fail(x);
}

static enum MHD_Result refuse_and_close(struct exchange *x, int status, enum problem_code code,
                                        const char *message)
{
    x->close = true;
    explain(x, status, code, message);
    return answer(x);
}

static bool is_preflight(const struct exchange *x, const struct routed *found)
{
    return x->rq.method == HTTP_OPTIONS && found->match == MATCH_NO_METHOD && x->rq.cors == CORS_ANY_ORIGIN &&
           !str_is_none(http_header(&x->rq, "Origin")) &&
           !str_is_none(http_header(&x->rq, "Access-Control-Request-Method"));
}

static const struct {
    int status;
    enum problem_code code;
    const char *message;
} unmatched[] = {
    [MATCH_NO_PATH] = { 404, PROBLEM_NOT_FOUND, NULL },
    [MATCH_NO_METHOD] = { 405, INVALID_REQUEST, "The method is not supported here." },
    [MATCH_NO_MEDIA] = { 415, INVALID_REQUEST, "The Content-Type is not supported here." },
};

/* Find the route, or make the answer that says why there is none. */
static void route(struct exchange *x)
{
    struct routed found = { 0 };
    enum err e = router_match(x->server->options.router, &x->rq, &found);

    x->state = REFUSED;
    x->allow = found.allow;
    x->rq.cors = found.route ? found.route->cors : CORS_NONE;
    if (e == INVALID)
        explain(x, 400, INVALID_REQUEST, "The path has a malformed escape.");
    else if (e != OK)
        explain(x, 503, UNEXPECTED_ERROR, NULL);
    else if (is_preflight(x, &found))
        x->rs.status = 204;
    else if (found.match != MATCH_FOUND)
        explain(x, unmatched[found.match].status, unmatched[found.match].code,
                unmatched[found.match].message);
    else
        x->state = READING;
}

/* Only the head that the library cut up in place, as it did before 0.9.76, can be looked at this way; later
 * ones refuse the same by themselves. */
static const char *gap_fault(const struct exchange *x, const struct framing *f, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    struct framing_place place = { method, x->raw_target, x->version.p, info ? info->header_size : 0 };

    return x->server->cuts_in_place ? framing_gap(f, &place) : NULL;
}

static size_t body_limit(const struct exchange *x)
{
    if (x->rq.route && x->rq.route->body_max_bytes)
        return x->rq.route->body_max_bytes;
    return x->server->options.body_max_bytes;
}

/* Whether the head may be believed. -> false: it was refused, with `ret` */
static bool check_head(struct exchange *x, const char *method, size_t octets, enum MHD_Result *ret)
{
    const struct framing framing = { x->rq.headers, x->rq.headers_n, x->target, x->version };
    const char *fault = framing_fault(&framing);

    if (!fault)
        fault = gap_fault(x, &framing, method);
    if (octets > x->server->options.headers_max_bytes)
        *ret = refuse_and_close(x, 431, INVALID_REQUEST, "The request header fields are too large.");
    else if (fault)
        *ret = refuse_and_close(x, 400, INVALID_REQUEST, fault);
    else if (!is_public_host(x->server, x->rq.authority))
        *ret = refuse_and_close(x, 421, INVALID_REQUEST, "This server does not answer for this host.");
    else
        return true;
    return false;
}

static struct reply_context reply_of(struct exchange *x);
static void note_answer(struct exchange *x);

/* The answer to a body that is not worth reading to its end. What still comes is read away, up to a point, so
 * that the client can read the answer. */
static enum MHD_Result part(struct exchange *x)
{
    struct reply_context reply;
    struct MHD_Response *response;
    enum err e;

    x->close = true;
    x->state = PARTED;
    reply = reply_of(x);
    response = reply_make(&reply);
    if (!response)
        return MHD_NO;
    e = parting_write(x->connection, response, x->arena, &x->rs);
    MHD_destroy_response(response);
    connections_deadline(x->open, PARTING_S);
    note_answer(x);
    return e == OK ? MHD_YES : MHD_NO;
}

/* An answer given before the body was read costs the connection, so that one worth reading away is read
 * first; who waits for leave to send it is told at once. */
static enum MHD_Result refuse_body(struct exchange *x, int64_t length)
{
    if (http_header_count(&x->rq, "Expect")) {
        x->close = true;
        return answer(x);
    }
    return length <= DISCARD_MAX ? MHD_YES : part(x);
}

static void refuse_too_large(struct exchange *x)
{
    x->state = REFUSED;
    x->close = true;
    explain(x, 413, INVALID_REQUEST, "The body is too large.");
}

/* The head is complete: checks, route, limits; the body comes later. */
static enum MHD_Result begin(struct exchange *x, const char *method, const char *version)
{
    struct http_server *s = x->server;
    enum MHD_Result result;
    int64_t length = 0;
    size_t octets;

    x->state = READING;
    if (read_head(x, method, version, &octets) != OK)
        return MHD_NO;
    x->heard = true;
    connections_heard(s->connections, x->open);
    connections_deadline(x->open, (int)s->options.idle_timeout_s);
    if (!check_head(x, method, octets, &result))
        return result;
    route(x);
    if (str_int(http_header(&x->rq, "Content-Length"), &length) != OK)
        length = 0; /* none, or chunks */
    x->body_max = body_limit(x);
    x->body = buf_make(x->arena, x->body_max + 1);
    if (x->state == READING && (uint64_t)length > x->body_max)
        refuse_too_large(x);
    return x->state == REFUSED ? refuse_body(x, length) : MHD_YES;
}

static enum MHD_Result add_body(struct exchange *x, const char *data, size_t *size)
{
    if (x->state == READING && x->body.len + *size > x->body_max)
        refuse_too_large(x);
    if (x->state == READING)
        buf_add(&x->body, (struct str){ data, *size });
    else
        x->discarded += *size;
    *size = 0;
    if (x->state == REFUSED && x->discarded > DISCARD_MAX)
        return part(x);
    return x->discarded > 2 * DISCARD_MAX ? MHD_NO : MHD_YES;
}

static void settle(struct exchange *x, enum err e)
{
    if (e != OK) {
        if (e != FAILED)
            log_event(LOG_WARNING, "request failed", { "error", str_from(err_name(e)) },
                      { "path", x->rq.path });
        problem_settle(&x->rq, e);
        fail(x);
    }
    log_correlation(STR_NONE);
}

static void run_handler(struct exchange *x)
{
    log_correlation(x->rq.correlation_id);
    settle(x, x->rq.route->handle(&x->rq, &x->rs));
}

/* -> false: it would have to wait, and has left no trace */
static bool run_without_waiting(struct exchange *x)
{
    const struct http_request before = x->rq;
    const struct arena_mark clean = arena_mark(x->arena);
    enum err e;

    log_correlation(x->rq.correlation_id);
    wait_forbid();
    e = x->rq.route->handle(&x->rq, &x->rs);
    if (wait_was_wanted()) {
        log_correlation(STR_NONE);
        x->rq = before;
        x->rs = (struct http_response){ 0 };
        arena_rewind(x->arena, clean);
        return false;
    }
    settle(x, e);
    return true;
}

static void work(struct task *t)
{
    struct exchange *x = (struct exchange *)(void *)t;
    struct http_server *s = x->server;

    run_handler(x);
    x->state = ANSWERING;
    MHD_resume_connection(x->connection);
    atomic_fetch_sub(&s->in_flight, 1);
}

/* -> whether the request has run: on this thread, because nothing waits */
static bool run_here(struct exchange *x)
{
    enum cost cost = x->rq.route->cost;

    if (cost == COST_WORK || (cost == COST_POINT_READ && x->server->options.store_waits) ||
        (cost == COST_SIGNATURE && !lane_may_sign(x->lane, x->connection)))
        return false;
    if (run_without_waiting(x))
        return true;
    lane_did_not_sign(x->lane, x->connection);
    return false;
}

/* Suspended before it is queued: a worker may be done before we return. */
static enum MHD_Result give_to_worker(struct exchange *x)
{
    struct http_server *s = x->server;

    atomic_fetch_add(&s->in_flight, 1);
    if (atomic_load(&s->stopping)) {
        atomic_fetch_sub(&s->in_flight, 1);
        return refuse_and_close(x, 503, UNEXPECTED_ERROR, NULL);
    }
    x->state = WORKING;
    x->task.run = work;
    MHD_suspend_connection(x->connection);
    if (workers_add(s->options.workers, &x->task) == OK)
        return MHD_YES;
    atomic_fetch_add(&s->rejected, 1);
    explain(x, 503, UNEXPECTED_ERROR, NULL);
    x->state = ANSWERING;
    MHD_resume_connection(x->connection);
    atomic_fetch_sub(&s->in_flight, 1);
    return MHD_YES;
}

/* The request is complete. */
static enum MHD_Result run(struct exchange *x)
{
    connections_deadline(x->open, 0);
    if (buf_finish(&x->body, &x->rq.body) != OK)
        return refuse_and_close(x, 503, UNEXPECTED_ERROR, NULL);
    return run_here(x) ? answer(x) : give_to_worker(x);
}

static void log_request(struct exchange *x)
{
    static const char *const methods[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"
    };
    char status[16], duration[32];

    if (!x->server->options.log_requests)
        return;
    snprintf(status, sizeof(status), "%d", x->rs.status);
    snprintf(duration, sizeof(duration), "%lld", (long long)((clock_monotonic_ns() - x->begun_ns) / 1000));
    log_event(LOG_INFO, "request", { "method", str_from(methods[x->rq.method]) }, { "path", x->rq.path },
              { "status", str_from(status) }, { "us", str_from(duration) }, { "remoteIp", x->rq.remote_ip },
              { "correlationId", x->rq.correlation_id });
}

static struct reply_context reply_of(struct exchange *x)
{
    return (struct reply_context){ .rq = &x->rq,
                                   .rs = &x->rs,
                                   .allow = x->allow,
                                   .close = x->close || atomic_load(&x->server->draining),
                                   .tls = str_is(x->rq.scheme, "https") };
}

static void note_answer(struct exchange *x)
{
    lane_count(x->lane, x->rs.status);
    log_request(x);
}

static enum MHD_Result answer(struct exchange *x)
{
    struct reply_context reply = reply_of(x);

    x->state = ANSWERING;
    note_answer(x);
    return reply_queue(x->connection, &reply, lane_kept(x->lane));
}

static enum MHD_Result on_request(void *cls UNUSED, struct MHD_Connection *connection UNUSED,
                                  const char *url UNUSED, const char *method, const char *version,
                                  const char *data, size_t *size, void **context)
{
    struct exchange *x = *context;

    if (!x)
        return MHD_NO;
    if (!x->heard)
        return begin(x, method, version);
    if (*size)
        return add_body(x, data, size);
    if (x->state == PARTED)
        return MHD_NO;
    return x->state == READING ? run(x) : answer(x);
}

static void on_completed(void *cls UNUSED, struct MHD_Connection *connection UNUSED, void **context,
                         enum MHD_RequestTerminationCode code UNUSED)
{
    struct exchange *x = *context;

    if (!x)
        return;
    connections_deadline(x->open,
                         (int)(x->server->options.idle_timeout_s + x->server->options.header_timeout_s));
    lane_end(x->lane, x->arena);
    *context = NULL;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *s = cls;
    const union MHD_ConnectionInfo *fd, *address;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        connections_remove(s->connections, *context);
        *context = NULL;
        return;
    }
    fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (fd && address)
        *context = connections_add(s->connections, fd->connect_fd, address->client_addr,
                                   (int)s->options.header_timeout_s);
}

/* Escapes stay as they came: the router decodes part by part, after splitting. */
static size_t on_unescape(void *cls UNUSED, struct MHD_Connection *connection UNUSED, char *text)
{
    return strlen(text);
}

static void on_library_log(void *cls UNUSED, const char *format UNUSED, va_list args UNUSED)
{
    /* what the library has to say is about single connections; requests are logged by us */
}

static enum err start_daemon(struct http_server *s)
{
    const struct http_options *o = &s->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_show },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem pool[] = {
        { MHD_OPTION_THREAD_POOL_SIZE, o->threads, NULL },
        { MHD_OPTION_END, 0, NULL },
    };

    if (o->tls)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    if (o->threads < 2)
        pool[0].option = MHD_OPTION_END;
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    return s->daemon ? OK : INVALID;
}

static void set_defaults(struct http_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    o->headers_max_bytes = o->headers_max_bytes ? o->headers_max_bytes : 32 * 1024;
    o->body_max_bytes = o->body_max_bytes ? o->body_max_bytes : 1024 * 1024;
    o->header_timeout_s = o->header_timeout_s ? o->header_timeout_s : 10;
    o->idle_timeout_s = o->idle_timeout_s ? o->idle_timeout_s : 60;
    o->threads = o->threads ? o->threads : cores > 0 ? (unsigned)cores : 1;
}

/* A proxy speaks for many. */
static bool is_trusted(const struct http_server *s, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];

    if (!s->options.trust.n)
        return false;
    address_write(address, text);
    return trust_has(&s->options.trust, str_from(text));
}

/* The library closes a socket it cannot take. */
static void take(void *arg, int fd, const struct sockaddr *address, socklen_t length)
{
    struct http_server *s = arg;

    if (is_trusted(s, address) || connections_admit(s->connections, address))
        (void)!MHD_add_connection(s->daemon, fd, address, length);
    else
        close(fd);
}

static enum err start(struct http_server *s)
{
    if (s->options.tls)
        TRY(http_tls_use(s->options.tls));
    TRY(lanes_new(s->options.threads, &s->lanes));
    TRY(connections_new(s->options.connections_per_address_max, &s->connections));
    TRY(acceptor_open(s->options.address, s->options.port, &s->acceptor));
    TRY(start_daemon(s));
    return acceptor_run(s->acceptor, take, s);
}

enum err http_server_start(const struct http_options *options, struct http_server **ret)
{
    struct http_server *s = mem_alloc(sizeof(*s));
    enum err e;

    if (!s)
        return NO_MEMORY;
    s->options = *options;
    s->cuts_in_place = strverscmp(MHD_get_version(), "0.9.76") < 0;
    set_defaults(&s->options);
    e = start(s);
    if (e != OK) {
        http_server_stop(s);
        return e;
    }
    *ret = s;
    return OK;
}

uint16_t http_server_port(const struct http_server *s)
{
    return acceptor_port(s->acceptor);
}

void http_server_counters(const struct http_server *s, struct http_counters *ret)
{
    *ret = (struct http_counters){ .rejected_queue_full = s->rejected };
    lanes_counts(s->lanes, ret->by_status);
    for (size_t i = 0; i < LENGTH(ret->by_status); i++)
        ret->requests += ret->by_status[i];
    ret->connections_open = connections_count(s->connections);
}

void http_server_part(struct http_server *s)
{
    if (s)
        atomic_store(&s->draining, true);
}

/* Requests that come meanwhile are answered too, but on connections that then close, so that this ends. */
static void drain(struct http_server *s)
{
    const struct timespec moment = { .tv_nsec = 2 * 1000 * 1000 };

    http_server_part(s);
    nanosleep(&moment, NULL); /* the event loops take what was accepted last */
    /* who has just connected is about to ask; who only connected is not waited for long */
    for (int i = 0; i < SILENCE_WAITS && connections_are_silent(s->connections); i++)
        nanosleep(&moment, NULL);
    while (atomic_load(&s->in_flight) > 0)
        nanosleep(&moment, NULL);
    /* a client that does not read its answer cannot hold us up */
    for (int i = 0; i < SEND_WAITS && lanes_begun(s->lanes) > 0; i++)
        nanosleep(&moment, NULL);
    /* the library aborts the process when it is stopped with a suspended connection: no more of them */
    atomic_store(&s->stopping, true);
    while (atomic_load(&s->in_flight) > 0)
        nanosleep(&moment, NULL);
}

void http_server_stop(struct http_server *s)
{
    if (!s)
        return;
    acceptor_free(s->acceptor);
    if (s->daemon) {
        drain(s);
        MHD_stop_daemon(s->daemon);
    }
    connections_free(s->connections);
    lanes_free(s->lanes);
    mem_free(s);
}
