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

/* Where a head stands that the library has cut up in place. */
struct framing_place {
    const char *method; /* its first octet, NUL behind */
    const char *target, *version;
    size_t octets; /* up to and with the empty line */
};

/**
 * Check target, names and values of headers, Host, Content-Length and Transfer-Encoding.
 * ->  NULL: fine; else what is wrong, static text
 */
const char *framing_fault(const struct framing *f);

/**
 * Check that method, target, version and headers fill the head without gaps. libmicrohttpd before 0.9.76
 * takes what follows a NUL out of sight, joins a folded line to the name of its header, and takes LF for a
 * line's end; all of them leave a gap. Only a NUL or LF in the place of a CR stays unseen: the
 * library has written NULs over line ends.
 *
 * f  with texts that point into the head
 * -> NULL: fine; else what is wrong, static text
 */
const char *framing_gap(const struct framing *f, const struct framing_place *place);

/** The name of Host without its port, brackets of an address kept. */
struct str framing_host_name(struct str host);

#endif
