/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and their passwords. The password lies in the user object's secret part:
 * {"hash", "changedAt": ms, "mustChange": bool, "history": [{"hash", "at": ms}]}. Failed attempts are counted
 * beside it, for names that nobody has as well, so that both look and cost the same.
 */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include "model/password_policy.h"

enum password_status {
    PASSWORD_OK,
    PASSWORD_NONE,
    PASSWORD_IS_LOCKED,
    PASSWORD_HAS_EXPIRED,
    PASSWORD_MUST_CHANGE,
};

struct user {
    struct object object;
    const struct json *document;
    struct uuid id, population;
    bool usable; /* enabled and not locked by an administrator */
};

struct password_state {
    enum password_status status;
    struct str hash; /* STR_NONE: none */
    const struct json *history;
    int64_t changed_at_ms; /* 0: never */
    int64_t expires_at_ms; /* 0: never */
    int64_t locked_until_ms;
    int64_t failures_remaining; /* -1: the account never locks */
    struct password_policy policy;
};

/** "OK", "MUST_CHANGE_PASSWORD"... (reference: password state). */
const char *password_status_name(enum password_status status);

/** -> OK; NOT_FOUND; IO; NO_MEMORY */
enum err user_read(struct tx *tx, struct arena *a, struct uuid environment, struct uuid id,
                   struct user *ret) MUST_CHECK;

/** By user name, without case. -> OK; NOT_FOUND; IO; NO_MEMORY */
enum err user_find(struct tx *tx, struct arena *a, struct uuid environment, struct str username,
                   struct user *ret) MUST_CHECK;

/** -> OK; NOT_FOUND: no policy; CORRUPT; IO; NO_MEMORY */
enum err password_read(struct tx *tx, struct arena *a, const struct user *u,
                       struct password_state *ret) MUST_CHECK;

/* What became of an attempt to prove a password. */
struct password_attempt {
    struct uuid environment;
    struct str username, password;
    struct uuid user_id; /* instead of a name; nil: by name */
    /* the outcome */
    bool right, known, locked;
    struct user user; /* when known */
    struct password_state state;
};

/**
 * Count the attempt, hash, and settle: right resets the count. A locked account is not tried, and attempts on
 * it do not extend the lock. The count is durable before the hash.
 * ->  OK (see the outcome); UNAVAILABLE: too many hashes wait; IO; NO_MEMORY
 */
enum err password_try(struct site *site, struct arena *a, struct password_attempt *t) MUST_CHECK;

/**
 * Make the secret part for a new password: history kept as the policy wants, the old one added to it.
 * ->  OK; UNAVAILABLE; NO_MEMORY
 */
enum err password_make(struct site *site, struct arena *a, const struct password_state *state,
                       struct uuid environment, struct str password, bool must_change,
                       struct str *ret) MUST_CHECK;

/** The same for a password that comes hashed (password_form). -> OK; NO_MEMORY */
enum err password_make_encoded(struct arena *a, const struct password_state *state, struct str hash,
                               bool must_change, struct str *ret) MUST_CHECK;

/** Whether the password is the current one or one of the policy's history. -> OK; UNAVAILABLE; NO_MEMORY */
enum err password_is_old(struct site *site, struct uuid environment, const struct password_state *state,
                         struct str password, bool *ret) MUST_CHECK;

/** Forget failed attempts and the lock. -> OK; IO */
enum err password_unlock(struct tx *tx, struct uuid environment, struct uuid user) MUST_CHECK;

#endif
