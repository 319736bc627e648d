/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request and its response as plain data: handlers never see a socket, and a test calls them without a
 * server.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "http/problem.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER
};

struct http_header {
    struct str name; /* as it came; compared without case */
    struct str value;
};

enum { HTTP_PARAMS_MAX = 6 };

/* Whose scripts may read the answer (Fetch 3.2; reference: wire 2.3). */
enum cors {
    CORS_NONE,        /* no CORS headers at all */
    CORS_ANY_ORIGIN,  /* "*", no credentials */
    CORS_THIS_ORIGIN, /* the request's own, with credentials: its handler found it in a client's list */
};

struct route;

struct http_request {
    struct arena *arena; /* owns everything below and what the handler builds */
    enum http_method method;
    struct str path;  /* as it came, without query; starts with '/' */
    struct str query; /* as it came, without '?'; STR_NONE when there is none */
    const struct http_header *headers;
    size_t headers_n;
    struct str body;
    struct str scheme;         /* "https", "http": what the client used */
    struct str authority;      /* the public host and port the client used */
    struct str remote_ip;      /* of the client, in text */
    struct str correlation_id; /* a UUID */
    void *app;                 /* what handlers work on: struct site */

    const struct route *route;          /* set by the router */
    struct str params[HTTP_PARAMS_MAX]; /* the path's variable parts, in order, percent-decoded */
    enum cors cors;     /* as the route says; a handler that knows the client may say otherwise */
    bool hides_cookies; /* an origin that nobody vouches for sent it: its session does not count */
    struct problem problem;
};

enum { HTTP_RESPONSE_HEADERS_MAX = 24 };

struct http_response {
    int status;
    struct str content_type; /* STR_NONE: no body */
    struct str body;
    struct http_header headers[HTTP_RESPONSE_HEADERS_MAX]; /* names end in NUL */
    size_t headers_n;
    bool repeats; /* whenever this path is answered with this body, these are the headers */
};

/** The value of a header that came once; STR_NONE when absent. Of a repeated one the first. */
struct str http_header(const struct http_request *rq, const char *name);

/** How often a header came. */
size_t http_header_count(const struct http_request *rq, const char *name);

/** Add a response header; texts must live as long as the arena. One with CR or LF in it is refused. -> OK;
 * INVALID */
enum err http_add_header(struct http_response *rs, const char *name, struct str value) MUST_CHECK;

/** The media type of Content-Type as it was sent, without parameters: "Application/JSON", which is to be
 * compared without regard to case. STR_NONE when absent. */
struct str http_media_type(const struct http_request *rq);

/** Which of the media types, ended by NULL, Accept names first, without its parameters; their number when it
 * names none. */
size_t http_accept_first(const struct http_request *rq, const char *const *types);

/** Whether Accept allows application/hal+json by name (reference: clients, wire rules). */
bool http_accepts_hal(const struct http_request *rq);

/** What a name in a query string or form stands for. */
struct http_form {
    struct http_header *fields; /* decoded names and values, in order */
    size_t n;
};

enum { HTTP_FORM_FIELDS_MAX = 100 };

/**
 * Parse application/x-www-form-urlencoded text.
 * ->  OK; INVALID: bad escape, NUL, malformed UTF-8, more than HTTP_FORM_FIELDS_MAX fields; NO_MEMORY
 */
enum err http_form_parse(struct arena *a, struct str text, struct http_form *ret) MUST_CHECK;

/** The field's value; STR_NONE when absent or empty of name. Of a repeated one the first. */
struct str http_form_get(const struct http_form *f, const char *name);

/** How often a field came. */
size_t http_form_count(const struct http_form *f, const char *name);

/** Query parameter of the request, decoded. -> OK (STR_NONE when absent); INVALID; NO_MEMORY */
enum err http_query(struct http_request *rq, const char *name, struct str *ret) MUST_CHECK;

/** Whether a browser says that another site's script or form sent the request (RFC 6454 7). */
bool http_is_cross_origin(const struct http_request *rq);

/** The value of a cookie (RFC 6265 5.4); STR_NONE when absent. The first of several. */
struct str http_cookie(const struct http_request *rq, const char *name);

/** Name and password of "Authorization: Basic" as they came, before any form decoding (RFC 7617 2).
 * ->  OK; NOT_FOUND: another scheme or none; INVALID: malformed; NO_MEMORY */
enum err http_basic(struct http_request *rq, struct str *ret_name, struct str *ret_password) MUST_CHECK;

/** The token of "Authorization: Bearer" (RFC 6750 2.1). -> OK; NOT_FOUND: another scheme or none; INVALID:
 * malformed */
enum err http_bearer(struct http_request *rq, struct str *ret) MUST_CHECK;

/** scheme://authority, the base of every absolute URL in a reply. -> OK; NO_MEMORY */
enum err http_base_url(struct http_request *rq, struct str *ret) MUST_CHECK;

#endif
