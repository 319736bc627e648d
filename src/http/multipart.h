/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms with files: multipart/form-data (RFC 7578) of a body that is there as a whole. Strict: nothing before
 * the first boundary, no transfer encodings, each name once, every part ended.
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/http.h"

enum {
    HTTP_PARTS_MAX = 16,
    HTTP_PART_HEADERS_MAX = 8,
    HTTP_PART_LINE_MAX = 1024, /* octets of a header line */
    HTTP_BOUNDARY_MAX = 70,    /* RFC 2046 5.1.1 */
};

struct http_part {
    struct str name; /* decoded; not empty */
    struct str file; /* the file's name as it came; STR_NONE: a plain field */
    struct str body; /* of the request's */
};

struct http_multipart {
    struct http_part parts[HTTP_PARTS_MAX];
    size_t n;
};

/**
 * Take a body apart.
 *
 * content_type  the header's whole value, with its boundary
 * ->            OK; INVALID: another type, no boundary, malformed, a name twice, over a limit; NO_MEMORY
 */
enum err http_multipart_parse(struct arena *a, struct str content_type, struct str body,
                              struct http_multipart *ret) MUST_CHECK;

/** The part of that name; NULL when there is none. */
const struct http_part *http_multipart_get(const struct http_multipart *m, const char *name);

#endif
