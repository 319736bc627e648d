/* SPDX-License-Identifier: Apache-2.0 */
/* From struct http_response to the library's response, with the headers every reply has. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/http.h"

struct MHD_Response;

struct reply_context {
    struct http_request *rq;
    struct http_response *rs;
    struct str allow; /* methods of the path, for 405 and preflights */
    bool close, tls;
};

/** -> NULL when memory is short. The body stays the request's. */
struct MHD_Response *reply_make(struct reply_context *c) MUST_CHECK;

#endif
