/* SPDX-License-Identifier: Apache-2.0 */
/* A user's password over the management API: read, set, check, reset, force a change, unlock. */
#ifndef PLATFORM_PASSWORD_H
#define PLATFORM_PASSWORD_H

#include "model/user.h"
#include "platform/common.h"

action_handler password_state_read, password_set, password_reset, password_check, password_force_change,
    password_clear_lock;

/**
 * Check a new password against the policy, its history and the least age, and make the secret part. Used by
 * the sign-on flow as well.
 *
 * current  what the user wrote as the present password
 * ->       OK; FAILED: it breaks the policy; UNAVAILABLE; NO_MEMORY
 */
enum err password_renew(struct http_request *rq, const struct user *u, const struct password_state *state,
                        struct str current, struct str password, struct str *ret) MUST_CHECK;

/** Keep a user's new secret part, as an event says. -> OK; CONFLICT; IO; NO_MEMORY */
enum err password_keep(struct change *c, const struct user *u, struct str secret,
                       const char *verb) MUST_CHECK;

/**
 * Make the secret part for a password that an administrator gives, in clear or encoded (password_form).
 *
 * target  of the refusal: "value"
 * ->      OK; FAILED: it is encoded in a way that is not taken; UNAVAILABLE; NO_MEMORY
 */
enum err password_give(struct http_request *rq, const struct password_state *state, struct uuid environment,
                       struct str value, const char *target, bool must_change, struct str *ret) MUST_CHECK;

#endif
