/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a request to the token, introspection and revocation endpoints (RFC 6749 2.3). */
#ifndef OAUTH_CLIENT_AUTHENTICATION_H
#define OAUTH_CLIENT_AUTHENTICATION_H

#include "oauth/oauth.h"

/**
 * Authenticate the client by the one method its registration names; o->client is set.
 * ->  OK; FAILED: 401 invalid_client, 400 when two methods are used at once; IO; NO_MEMORY
 */
enum err client_authenticate(struct oauth_request *o) MUST_CHECK;

/** The same, but a resource with its own secret will do too; o->client or o->resource is set. */
enum err client_or_resource_authenticate(struct oauth_request *o) MUST_CHECK;

#endif
