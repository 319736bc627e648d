/* SPDX-License-Identifier: Apache-2.0 */
/* A server on a free port, spoken to over raw sockets. It has /hello (inline, CORS), /files/{name}, /cached,
 * /repeats/{name} (CORS; its body is the query, its X-Name the name), /later (429), /waiting (inline, if it
 * need not wait), /thread (inline; its body is the thread's id), /signature (the like with the cost of a
 * signature; with a query it has to wait), /work (POST, a worker, 1000 octets) and /slow (a worker, 0.3 s).
 * There is one worker. */
#ifndef TESTS_UNIT_HTTP_WIRE_H
#define TESTS_UNIT_HTTP_WIRE_H

#include "test.h"

#include "http/server.h"

#include <sys/socket.h>

struct running {
    struct router *router;
    struct http_workers *workers;
    struct http_server *server;
};

/** Start; `more` holds time limits, NULL: headers must come within a second. */
struct running wire_start(size_t queue_max, const struct http_options *more);

/** Stop all. */
void wire_stop(struct running *r);

/** A connection that waits at most 10 s for something to read. */
int wire_dial(const struct running *r);

/** Everything until the other side closes, or `enough` (NULL: nothing is) has come. */
struct str wire_receive(int fd, const char *enough);

/** Send on a new connection and receive all. */
struct str wire_ask(const struct running *r, struct str text);

/** The status of an answer's first line; 0 when it has none. */
int wire_status(struct str answer);

/** How often a word stands in a text. */
size_t wire_count(struct str text, const char *word);

#endif
