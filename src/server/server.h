/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows all parts: opens the store, compiles the types, wires routes, starts and stops
 * listeners. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "http/server.h"
#include "platform/platform.h"

struct listen_at {
    const char *address; /* NULL: nowhere */
    uint16_t port;       /* 0: any free one */
};

/** "127.0.0.1:9080", "[::1]:0": the name or address is not looked at. -> OK: its text is in `a`; INVALID;
 * NO_MEMORY */
enum err listen_at_parse(struct arena *a, struct str text, struct listen_at *ret) MUST_CHECK;

/** Whether nobody else's machine reaches the address. */
bool listen_at_is_loopback(const struct listen_at *at);

enum server_mode {
    SERVER_DEVELOPMENT, /* fills an empty store, makes key and certificate by itself */
    SERVER_INSTALL,     /* fills an empty store for production, and listens nowhere */
    SERVER_PRODUCTION,
    SERVER_RECOVER, /* adds an administrator and a worker to a store in production, and listens nowhere */
};

/* 0: as in development */
struct server_limits {
    unsigned connections_per_address, workers;
    size_t body_bytes, waiting, passwords_waiting;
};

struct server_options {
    enum server_mode mode;
    const char *data;  /* folder of keys, and of the store unless that is elsewhere */
    const char *store; /* URL of a PostgreSQL database; NULL: the folder */
    struct listen_at http, https, management;
    const char *const *hosts; /* public names besides the loopback ones, NULL at the end */
    const struct seeds *seeds;
    bool log_requests;
    const struct master_key *master_key; /* NULL: the folder's */
    const struct http_tls *tls;          /* NULL: the folder's */
    struct trust trust;
    struct server_limits limits;
    int64_t event_days; /* how long an event is kept; 0: as in development */
};

/* What started, for whoever wants to reach it. */
struct server_addresses {
    uint16_t http_port, https_port, management_port; /* 0: not listened on */
    struct str ca_file;
};

/* Why it did not start, for the operator. */
enum fault_kind { FAULT_OTHER, FAULT_PORT, FAULT_STORE };

struct server_fault {
    enum fault_kind kind;
    char message[768];
};

struct server;

/**
 * Start: store, seed, certificates, listeners.
 *
 * fault  filled unless OK
 * ret    server_stop it; `seeded` and `addresses` live as long as it
 * ->     OK; others, explained in fault
 */
enum err server_start(const struct server_options *options, struct server_fault *fault,
                      struct server **ret) MUST_CHECK;

/** Who was seeded; lives as long as the server. */
const struct seeded *server_seeded(const struct server *s);
/** Where it listens; lives as long as the server. */
const struct server_addresses *server_addresses(const struct server *s);

/** Go on serving for so long, while readiness is denied and each answer closes its connection: balancers send
 * their clients elsewhere, and those who kept a connection do not find it closed. */
void server_leave(struct server *s, int64_t seconds);

/** Finish what is under way, stop, close. NULL is fine. */
void server_stop(struct server *s);

#endif
