/* SPDX-License-Identifier: Apache-2.0 */
/* Claims about a user: value templates such as "${user.name.given}" filled from the user's document. */
#ifndef OAUTH_CLAIMS_H
#define OAUTH_CLAIMS_H

#include "model/environment.h"

enum claims_for { CLAIMS_ID_TOKEN, CLAIMS_USER_INFO, CLAIMS_ACCESS_TOKEN };

/**
 * Append the claims that mappings and scopes yield; "sub" and what the token itself sets are left out.
 *
 * scope  granted scopes: profile, email, address and phone open their standard claims
 * user   the user's document; NULL: none, and what needs a user is left out
 */
void claims_write(struct buf *b, enum claims_for use, const struct environment *e,
                  const struct application *client, struct str scope, const struct json *user);

/** Append the claims that a resource's own attributes yield in its access tokens. */
void claims_write_resource(struct buf *b, const struct resource *r, const struct json *user);

#endif
