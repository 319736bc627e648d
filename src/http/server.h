/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The adapter to libmicrohttpd: listeners, TLS, strict framing, limits, worker threads. It turns bytes into
 * struct http_request, runs the route where its cost says, and turns struct http_response into bytes.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/forwarded.h"
#include "http/router.h"

struct http_workers;
struct http_server;

struct http_tls {
    struct str certificate_pem; /* chain, leaf first */
    struct str key_pem;
};

struct http_options {
    const char *address;        /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;              /* 0: any free one */
    const struct http_tls *tls; /* NULL: plain */
    const struct router *router;
    http_failure *fail; /* for what has no route: 404, 421, framing */
    void *app;          /* becomes rq->app */
    const char *const
        *hosts;         /* public host names answered, without port, NULL at the end; any other Host: 421 */
    struct trust trust; /* TLS terminators in front of us */
    struct http_workers *workers;
    unsigned threads;                     /* event loops; 0: one a core */
    unsigned connections_per_address_max; /* 0: no limit; loopback addresses are never limited */
    size_t headers_max_bytes;             /* 0: 32 KiB */
    size_t body_max_bytes;                /* 0: 1 MiB */
    unsigned header_timeout_s;            /* 0: 10 */
    unsigned idle_timeout_s;              /* 0: 60 */
    bool store_waits;  /* a read of the store may wait for another machine: only workers do */
    bool log_requests; /* a line each */
};

/** The certificate that every listener of this process with TLS shows from now on; connections that are open
 * keep theirs. -> OK; INVALID: no certificate, no key, or not its key: the one before stays; NO_MEMORY */
enum err http_tls_use(const struct http_tls *tls) MUST_CHECK;

/** Workers, of which at most `threads` work at once, with a queue of at most `queue_max` waiting requests;
 * more are answered 503 with Retry-After. -> OK; NO_MEMORY; IO */
enum err http_workers_new(unsigned threads, size_t queue_max, struct http_workers **ret) MUST_CHECK;

/** Finish what is queued, stop the threads. After all servers that use them have stopped. NULL is fine. */
void http_workers_free(struct http_workers *w);

/** Listen and serve. -> OK; CONFLICT: the port is in use; DENIED: not allowed to bind; INVALID: address or
 * certificate; NO_MEMORY; IO */
enum err http_server_start(const struct http_options *options, struct http_server **ret) MUST_CHECK;

/** The port it listens on. */
uint16_t http_server_port(const struct http_server *s);

/** Counters for /metrics. */
struct http_counters {
    uint64_t requests, by_status[6]; /* by_status[4]: all 4xx */
    uint64_t connections_open, rejected_queue_full;
};

/** What was counted since the start; approximate while requests run. */
void http_server_counters(const struct http_server *s, struct http_counters *ret);

/** Go on serving, but let each answer close its connection: who comes back after it connects anew, perhaps
 * elsewhere. NULL is fine. */
void http_server_part(struct http_server *s);

/** Stop accepting, finish requests in flight, close. NULL is fine. */
void http_server_stop(struct http_server *s);

#endif
