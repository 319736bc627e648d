/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-on sessions. The cookie's value is never the session's id; the store holds only its SHA-256. It is
 * replaced at every authentication.
 */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "model/site.h"
#include "json/json.h"

enum {
    SESSION_S = 30 * 24 * 60 * 60,
    SESSIONS_PER_USER_MAX = 10,
};

struct session {
    struct object object;
    struct uuid id, user;
    int64_t signed_on_at_ms; /* last authentication */
    struct str policy;       /* the sign-on policy of it, by name */
};

/** The session of a cookie; -> OK; NOT_FOUND: none, expired; IO; NO_MEMORY */
enum err session_find(struct tx *tx, struct arena *a, struct uuid environment, struct str cookie,
                      struct session *ret) MUST_CHECK;

/** By id. -> OK; NOT_FOUND; IO; NO_MEMORY */
enum err session_read(struct tx *tx, struct arena *a, struct uuid environment, struct uuid id,
                      struct session *ret) MUST_CHECK;

/* A user has just proved who they are. */
struct sign_on {
    struct uuid environment, user;
    struct uuid session; /* the one to go on with; nil, or another user's: a new one */
    struct str policy, remote_ip, user_agent, cookie; /* cookie: the new value, made by the caller */
    int64_t now_ms;
};

/** Make or renew the session under the new cookie; the oldest over SESSIONS_PER_USER_MAX go. -> OK; IO;
 * NO_MEMORY */
enum err session_sign_on(struct tx *tx, struct arena *a, const struct sign_on *s,
                         struct uuid *ret_id) MUST_CHECK;

/** End a session. Ending one that is gone is OK. -> OK; IO */
enum err session_end(struct tx *tx, struct uuid environment, struct uuid id) MUST_CHECK;

#endif
