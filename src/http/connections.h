/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open connections and until when each must have sent what it began: its headers, its body. One that drips is
 * shut down. Also how many an address has open.
 */
#ifndef HTTP_CONNECTIONS_H
#define HTTP_CONNECTIONS_H

#include "base/err.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct connections;
struct open_connection;

/** -> OK; NO_MEMORY; IO: no thread */
enum err connections_new(unsigned per_address_max, struct connections **ret) MUST_CHECK;

/** When no connection is left. NULL is fine. */
void connections_free(struct connections *c);

/** Whether one more from this address may come. Loopback always may. */
bool connections_admit(struct connections *c, const struct sockaddr *address);

/** Count one in, with a deadline for its first headers. NULL when memory is short. */
struct open_connection *connections_add(struct connections *c, int fd, const struct sockaddr *address,
                                        int within_s);

/** It is about to close. NULL is fine. */
void connections_remove(struct connections *c, struct open_connection *o);

/** A request has begun on it. NULL is fine. */
void connections_heard(struct connections *c, struct open_connection *o);

/** Whether there is one on which none has begun yet. */
bool connections_are_silent(const struct connections *c);

/** The next thing must be complete within so many seconds; 0: no deadline. NULL is fine. */
void connections_deadline(struct open_connection *o, int within_s);

/** Write an address as text; "" for what is none. */
void address_write(const struct sockaddr *address, char text[INET6_ADDRSTRLEN]);

/** The client's address in text. */
const char *connections_address(const struct open_connection *o);

/** How many connections are open now. */
uint64_t connections_count(struct connections *c);

#endif
