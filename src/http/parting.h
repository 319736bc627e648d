/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer given while the request's body still comes. The library takes one only before the body or behind
 * it, so this one is written past it, as the last thing on its connection.
 */
#ifndef HTTP_PARTING_H
#define HTTP_PARTING_H

#include "http/http.h"

struct MHD_Connection;
struct MHD_Response;

/**
 * Write an answer, then end our side of the connection. Called by the connection's event loop, with nothing
 * else of this request's answer written. Who goes on reading for a while lets the client read the answer too:
 * closing with octets unread resets the connection, and what the client has not read is lost.
 *
 * response  the headers
 * rs        status and body
 * ->        OK; IO: the connection does not take it; NO_MEMORY
 */
enum err parting_write(struct MHD_Connection *connection, struct MHD_Response *response, struct arena *a,
                       const struct http_response *rs) MUST_CHECK;

#endif
