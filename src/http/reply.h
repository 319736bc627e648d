/* SPDX-License-Identifier: Apache-2.0 */
/* From struct http_response to the library's response, with the headers every reply has. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/http.h"

#include <microhttpd.h>

/** Answers that one thread gives again and again, as the library has them. */
struct kept_replies;

struct reply_context {
    struct http_request *rq;
    struct http_response *rs;
    struct str allow; /* methods of the path, for 405 and preflights */
    bool close, tls;
};

/** -> NULL when memory is short. The body stays the request's. */
struct MHD_Response *reply_make(struct reply_context *c) MUST_CHECK;

/** Give it to the library to send; called on the connection's own thread, to which `kept` belongs.
 * ->  MHD_NO when memory is short: the connection is to be closed */
enum MHD_Result reply_queue(struct MHD_Connection *connection, struct reply_context *c,
                            struct kept_replies *kept) MUST_CHECK;

/** -> NULL when memory is short */
struct kept_replies *kept_replies_new(void) MUST_CHECK;

/** What is still being sent lives on until it is. NULL is fine. */
void kept_replies_free(struct kept_replies *kept);

#endif
