/* SPDX-License-Identifier: Apache-2.0 */
/* What the endpoints of the authorization server share: the request, its client, errors (RFC 6749). */
#ifndef OAUTH_OAUTH_H
#define OAUTH_OAUTH_H

#include "http/router.h"
#include "model/environment.h"

/* A request to a token, introspection or revocation endpoint. */
struct oauth_request {
    struct http_request *rq;
    struct site *site;
    const struct environment *environment;
    struct http_form form;
    struct str issuer;                /* of this host: "https://host/{environment}/as" */
    const struct application *client; /* authenticated; NULL: a resource, or nobody yet */
    const struct resource *resource;  /* introspection by a resource */
};

/** Fail with an error of RFC 6749 5.2 or its kin; the description is for developers. -> FAILED, always */
enum err oauth_refuse(struct http_request *rq, int status, const char *error, const char *description);

/** The failure of OAuth routes: {"error", "error_description"}. */
http_failure oauth_failure;

/** Answer 200 with a JSON body that no cache may keep. */
void oauth_reply(struct http_response *rs, struct str body);

/** The environment of the path's first part. -> OK; FAILED: 404; IO; NO_MEMORY */
enum err oauth_environment(struct http_request *rq, const struct environment **ret) MUST_CHECK;

/**
 * Read the form and the environment (of the path, else of the client id).
 * ->  OK; FAILED: malformed, a parameter stands twice (RFC 6749 3.2), no such environment; IO; NO_MEMORY
 */
enum err oauth_begin(struct http_request *rq, struct oauth_request *ret) MUST_CHECK;

/** "https://host/{environment}/as". -> OK; NO_MEMORY */
enum err oauth_issuer(struct http_request *rq, const struct environment *e, struct str *ret) MUST_CHECK;

/** A form parameter; STR_NONE when absent or empty (RFC 6749 3.2). */
struct str oauth_parameter(const struct oauth_request *o, const char *name);

/** Routes of the authorization server, ended by an entry without a pattern. */
extern const struct route oauth_routes[];

http_handler oauth_authorize_get, oauth_authorize_post, oauth_resume, oauth_token, oauth_introspect,
    oauth_revoke, oauth_userinfo, oauth_jwks, oauth_discovery, oauth_signoff;

/** The failure of authorize and resume: a page for browsers, the PingOne envelope for pi.flow and other
 * programs. */
http_failure oauth_page_failure;

#endif
