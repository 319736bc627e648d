/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens: JWTs of RFC 9068's kind with PingOne's claims (reference: tokens); and whether one still
 * holds. */
#ifndef MODEL_ACCESS_TOKEN_H
#define MODEL_ACCESS_TOKEN_H

#include "model/application.h"
#include "json/json.h"

enum { AUDIENCES_MAX = 8 };

struct access_token {
    struct uuid environment, client;
    struct uuid user, session; /* nil: the client's own */
    struct uuid authorization; /* what it stems from: all of it can be ended at once; nil: nothing */
    struct str issuer, scope, jti, acr;
    struct str audiences[AUDIENCES_MAX];
    size_t audiences_n;
    bool for_api; /* the management API is among the audiences */
    int64_t issued_at_s, expires_at_s, auth_time_s;
    struct str extra;  /* further members as JSON text, without braces; STR_NONE: none */
    struct str claims; /* when verified: what others may see of them, likewise */
};

/** Sign a token with the application's key. -> OK; UNAVAILABLE; IO; NO_MEMORY */
enum err access_token_sign(struct site *site, struct arena *a, const struct application *client,
                           const struct access_token *t, struct str *ret) MUST_CHECK;

/**
 * Read a token and check that it holds now: signature, expiry, client, user, session, revocation. An own
 * token is known by key and environment, never by the host in its issuer.
 * ->  OK; INVALID: not one of ours; DENIED: it was, but no longer holds; IO; NO_MEMORY
 */
enum err access_token_verify(struct site *site, struct arena *a, struct str text,
                             struct access_token *ret) MUST_CHECK;

/** End a token before its time. -> OK; IO */
enum err access_token_revoke(struct tx *tx, const struct access_token *t) MUST_CHECK;

/** End everything that stems from an authorization. -> OK; IO */
enum err authorization_end(struct tx *tx, struct uuid environment, struct uuid authorization) MUST_CHECK;

/** Whether it was ended. -> OK; IO; NO_MEMORY */
enum err authorization_is_ended(struct tx *tx, struct arena *a, struct uuid environment,
                                struct uuid authorization, bool *ret) MUST_CHECK;

#endif
