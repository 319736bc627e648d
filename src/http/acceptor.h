/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket and the thread that accepts on it. Ours rather than libmicrohttpd's, because that one
 * races with its own event loops when it stops listening ("Failed to remove listen FD from epoll set") and
 * aborts the process.
 */
#ifndef HTTP_ACCEPTOR_H
#define HTTP_ACCEPTOR_H

#include "base/err.h"

#include <stdint.h>
#include <sys/socket.h>

struct acceptor;

/** Takes an accepted socket, non-blocking; it is the function's from here on. Runs on the acceptor's thread.
 */
typedef void acceptor_fn(void *arg, int fd, const struct sockaddr *address, socklen_t length);

/** Bind to a numeric address and listen; port 0 is any free one. Connections wait until acceptor_run.
 * -> OK; CONFLICT: the port is in use; DENIED: not allowed to bind; INVALID: no such address; NO_MEMORY; IO
 */
enum err acceptor_open(const char *address, uint16_t port, struct acceptor **ret) MUST_CHECK;

/** The port it listens on. */
uint16_t acceptor_port(const struct acceptor *a);

/** Start to accept. Once. -> OK; IO: no thread */
enum err acceptor_run(struct acceptor *a, acceptor_fn *take, void *arg) MUST_CHECK;

/** Stop listening: from here on a client is refused by the system. `take` runs no more. NULL is fine. */
void acceptor_free(struct acceptor *a);

#endif
