/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From method, path and media type to a handler. Patterns are paths with variable parts in braces:
 * "/v1/environments/{environment}/users/{id}". A literal part wins over a variable one, a route with a media
 * type over one that takes any.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/http.h"

/* Where a request is run. */
enum cost {
    COST_INLINE, /* memory, as a rule: on the connection's thread; a worker when it has to wait for the store
                  */
    COST_POINT_READ, /* one or two reads by key: inline on SQLite, a worker on PostgreSQL */
    COST_SIGNATURE,  /* memory and a signature, as a rule: on the connection's thread while few of its
                      * connections want that; otherwise, and when it has to wait for more, a worker */
    COST_WORK,       /* writes, lists, hashes: a worker */
};

/** Answer a request. -> OK: `rs` is the answer; anything else: the route's `fail` makes it from rq->problem
 */
typedef enum err http_handler(struct http_request *rq, struct http_response *rs);

/** Make the answer of a failed request from rq->problem (settled). Must not fail; memory may be short. */
typedef void http_failure(struct http_request *rq, struct http_response *rs);

struct route {
    enum http_method method;
    const char *pattern; /* static or as long as the router */
    const char
        *media; /* "application/json"; NULL: any or none. "+json" at its end may be left out by clients */
    enum cost cost;
    enum cors cors;
    size_t body_max_bytes; /* 0: the listener's default, 1 MiB */
    http_handler *handle;
    http_failure *fail;
    const void *context; /* the handler's own: a resource type, an action */
};

struct router;

/** Compile routes; they are copied. Two routes with equal keys are a programmer's error (assert). -> OK;
 * NO_MEMORY */
enum err router_new(const struct route *routes, size_t n, struct router **ret) MUST_CHECK;

/** NULL is fine. */
void router_free(struct router *r);

/* What became of a match. */
enum match {
    MATCH_FOUND,
    MATCH_NO_PATH,   /* 404 */
    MATCH_NO_METHOD, /* 405; `allow` lists the methods */
    MATCH_NO_MEDIA,  /* 415 */
};

struct routed {
    enum match match;
    const struct route
        *route;       /* also set when method or media fail: some route of that path, for its `fail` */
    struct str allow; /* "GET, PUT"; only of MATCH_NO_METHOD */
};

/**
 * Find the route of rq->method, rq->path and Content-Type, and fill rq->route and rq->params. HEAD matches
 * GET. A trailing slash is not the same path. ->  OK (see ret->match); INVALID: a bad percent-escape, or a
 * variable part that is not UTF-8 or has a NUL; NO_MEMORY
 */
enum err router_match(const struct router *r, struct http_request *rq, struct routed *ret) MUST_CHECK;

#endif
