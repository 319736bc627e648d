/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a server in production: one YAML file. One table (settings) says of each setting what
 * it may be, what it is unless written, and what it is for; reading, the JSON Schema and the documentation
 * come from it.
 */
#ifndef SERVER_CONFIGURATION_H
#define SERVER_CONFIGURATION_H

#include "base/log.h"
#include "http/network.h"
#include "server/server.h"

/* One of the two. */
struct secret_source {
    const char *file, *variable;
};

struct networks {
    struct network *items;
    size_t n;
};

struct configuration {
    const char *file;
    const char *store; /* a folder, or the URL of a PostgreSQL database */
    const char *const *hosts;
    struct listen_at http, https, management; /* without an address: not listened on */
    const char *certificate, *key;            /* files; NULL: none */
    struct secret_source master_key;
    struct networks proxies;
    int64_t connections_per_address, body_bytes, workers, waiting, passwords_waiting;
    int64_t event_days;
    int64_t stop_delay_s;
    int64_t log_level, log_format; /* enum log_level, enum log_format */
    bool log_requests;
};

/* What is wrong with the file, and where. */
struct configuration_fault {
    size_t line, column; /* from 1; 0: nowhere in particular */
    char message[256];
    char hint[256]; /* what to do; "" when the message says it */
};

/**
 * Read and check the file; what it names (certificates, keys) is not opened, but for secrets' permissions.
 *
 * a      owns the result
 * ->     OK; INVALID: fault says where and why; NOT_FOUND, DENIED, IO: the file; NO_MEMORY
 */
enum err configuration_read(struct arena *a, const char *file, struct configuration_fault *fault,
                            struct configuration *ret) MUST_CHECK;

/** The same from the file's text. -> OK; INVALID; NO_MEMORY */
enum err configuration_parse(struct arena *a, struct str text, struct configuration_fault *fault,
                             struct configuration *ret) MUST_CHECK;

/** Append the JSON Schema (draft 2020-12) of the file. */
void configuration_schema(struct buf *b);

/** The master key that the configuration names. -> OK; NOT_FOUND; INVALID: it is none; DENIED; IO; NO_MEMORY
 */
enum err configuration_master_key(struct arena *a, const struct configuration *c,
                                  struct master_key *ret) MUST_CHECK;

#endif
