/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password hashes: Argon2id in PHC text form (RFC 9106), 19 MiB and two passes. Those of other directories
 * are taken as they are, in the form "{SCHEME}...": salted SHA ({SSHA}, {SSHA256}, {SSHA384}, {SSHA512}) and
 * {BCRYPT}.
 */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/str.h"

enum password_form {
    PASSWORD_IS_CLEAR,
    PASSWORD_IS_ENCODED, /* a hash that password_verify takes */
    PASSWORD_IS_UNKNOWN, /* of a scheme that there is, but malformed, too costly or not ours */
};

/** What somebody gave as a password to be set: schemes in braces make it a hash (reference: users). */
enum password_form password_form(struct str value);

/** Hash a password. -> OK; NO_MEMORY */
enum err password_hash(struct arena *a, struct str password, struct str *ret) MUST_CHECK;

/**
 * Compare a password with a hash. A hash of STR_NONE, for somebody who does not exist or has no password,
 * costs the same and never matches; those of other schemes cost no less.
 * ->  OK; NO_MEMORY
 */
enum err password_verify(struct str hash, struct str password, bool *ret) MUST_CHECK;

#endif
