/* SPDX-License-Identifier: Apache-2.0 */
/* Proof Key for Code Exchange (RFC 7636). */
#ifndef OAUTH_PKCE_H
#define OAUTH_PKCE_H

#include "base/str.h"

/** Whether a challenge or verifier has the form of RFC 7636 4.1: 43 to 128 unreserved characters. */
bool pkce_is_well_formed(struct str s);

/**
 * Check that a verifier answers a challenge. Without a challenge there must be no verifier (RFC 9700 2.1.1).
 *
 * a       for what is forgotten
 * method  "S256" or "plain"; STR_NONE is "plain" (RFC 7636 4.3)
 * ->      OK; DENIED: it does not; NO_MEMORY
 */
enum err pkce_check(struct arena *a, struct str challenge, struct str method, struct str verifier) MUST_CHECK;

#endif
