/* SPDX-License-Identifier: Apache-2.0 */
/* Proof Key for Code Exchange (RFC 7636). */
#ifndef OAUTH_PKCE_H
#define OAUTH_PKCE_H

#include "base/str.h"

/** Whether a challenge or verifier has the form of RFC 7636 4.1: 43 to 128 unreserved characters. */
bool pkce_is_well_formed(struct str s);

/**
 * Whether a verifier answers a challenge. Without a challenge there must be no verifier (RFC 9700 2.1.1).
 *
 * method  "S256" or "plain"; STR_NONE is "plain" (RFC 7636 4.3)
 */
bool pkce_matches(struct str challenge, struct str method, struct str verifier);

#endif
