/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a request's head can only be read one way (RFC 9112 6.3, RFC 9110 7.2): no smuggling, no second
 * Host. */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "http/http.h"

/* What is known of a request before its body. */
struct framing {
    const struct http_header *headers;
    size_t headers_n;
    struct str target;
    struct str version; /* "HTTP/1.1" */
};

/**
 * Check Host, Content-Length, Transfer-Encoding and target.
 * ->  NULL: fine; else what is wrong, static text
 */
const char *framing_fault(const struct framing *f);

/** The name of Host without its port, brackets of an address kept. */
struct str framing_host_name(struct str host);

#endif
