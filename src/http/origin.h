/* SPDX-License-Identifier: Apache-2.0 */
/* Origins (RFC 6454), as settings list them and as browsers send them. */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include "base/str.h"

/**
 * Whether a text names origins: http or https, a host name or IP address, perhaps a port, and nothing behind.
 * One '*' may stand for any text in a host name, ahead of its last two labels (reference: applications).
 */
bool origin_is_pattern(struct str s);

/** Whether an Origin header is an origin that the pattern names; "null" never is. */
bool origin_matches(struct str pattern, struct str origin);

#endif
