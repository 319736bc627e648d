/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the requested scopes a client gets, and for which audience (reference: resolving the requested
 * scopes). */
#ifndef OAUTH_SCOPES_H
#define OAUTH_SCOPES_H

#include "oauth/oauth.h"

enum { SCOPE_RESOURCES_MAX = 4 };

struct scopes {
    struct str granted; /* names with blanks between, in the order asked for */
    bool openid, offline_access;
    const struct resource
        *resources[SCOPE_RESOURCES_MAX]; /* other than OIDC's; none: the token is for the API */
    size_t resources_n;
    int64_t validity_s; /* of the access token */
};

/**
 * Resolve scopes for a client on behalf of a user.
 *
 * ret_error  what to tell the client when FAILED is not right: error_description of invalid_scope
 * ->         OK; INVALID: invalid_scope, with ret_error; NO_MEMORY
 */
enum err scopes_resolve(struct arena *a, const struct environment *e, const struct application *client,
                        struct str requested, struct scopes *ret, const char **ret_error) MUST_CHECK;

/** All scopes that a client was granted of its one resource, for a request that names none. As
 * scopes_resolve. */
enum err scopes_all(struct arena *a, const struct environment *e, const struct application *client,
                    struct scopes *ret, const char **ret_error) MUST_CHECK;

/** Whether each name of `part` is in `whole`. */
bool scopes_within(struct str part, struct str whole);

#endif
