/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashes: Argon2id in PHC text form (RFC 9106), 19 MiB and two passes. */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/str.h"

/** Hash a password. -> OK; NO_MEMORY */
enum err password_hash(struct arena *a, struct str password, struct str *ret) MUST_CHECK;

/**
 * Compare a password with a hash. A hash of STR_NONE, for somebody who does not exist or has no password,
 * costs the same and never matches.
 * ->  OK; NO_MEMORY
 */
enum err password_verify(struct str hash, struct str password, bool *ret) MUST_CHECK;

#endif
