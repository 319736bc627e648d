/* SPDX-License-Identifier: Apache-2.0 */
/* Making the answer of the token endpoint: access token, ID token, refresh token (RFC 6749 5.1). */
#ifndef OAUTH_TOKEN_H
#define OAUTH_TOKEN_H

#include "oauth/oauth.h"
#include "oauth/scopes.h"

/* What a user allowed a client; it lives on in refresh tokens. Texts live in the request's arena. */
struct authorization {
    struct uuid id; /* all that stems from it can be ended at once */
    struct uuid user, session;
    struct str scope, issuer, nonce, acr;
    int64_t signed_on_at_s;
    int64_t first_issued_at_ms; /* of the first refresh token */
};

/* An answer in the making. */
struct token_answer {
    struct scopes scopes;
    const struct authorization *authorization; /* NULL: the client's own */
    struct str refresh_token;                  /* STR_NONE: none */
    bool for_api;                              /* for the management API whatever the scopes say */
};

/** Sign what is due and write the answer. -> OK; FAILED; UNAVAILABLE; IO; NO_MEMORY */
enum err token_answer(struct oauth_request *o, const struct token_answer *t,
                      struct http_response *rs) MUST_CHECK;

/** Whether a refresh token goes with the scopes (reference: as/token). */
bool token_may_refresh(const struct oauth_request *o, const struct scopes *s);

/* An authorization code (RFC 6749 4.1.2), as kept below the SHA-256 of its value. */
struct authorization_code {
    struct authorization authorization;
    struct str client, redirect_uri, code_challenge, code_challenge_method;
    bool registered_redirect; /* the token request must repeat redirect_uri */
};

enum { CODE_S = 600 };

/** Keep a code. -> OK; NO_SPACE; IO; NO_MEMORY */
enum err code_keep(struct tx *tx, struct uuid environment, struct str code,
                   const struct authorization_code *c) MUST_CHECK;

/**
 * A code by its value, also one that was redeemed already, as long as it has not expired.
 * ->  OK; NOT_FOUND; CORRUPT; IO; NO_MEMORY
 */
enum err code_read(struct tx *tx, struct arena *a, struct uuid environment, struct str code,
                   struct authorization_code *ret, struct object *ret_object, bool *ret_redeemed) MUST_CHECK;

/** Keep a refresh token of an authorization, which expires as the client's settings say. -> OK; as code_keep
 */
enum err refresh_keep(struct tx *tx, const struct application *client, struct str token,
                      const struct authorization *a) MUST_CHECK;

/** A refresh token as it is kept. */
struct refresh_token {
    struct object object;
    struct uuid client;
    struct authorization authorization;
    int64_t rotated_at_ms; /* 0: it is the current one */
};

/** -> OK; NOT_FOUND: unknown or expired; CORRUPT; IO; NO_MEMORY */
enum err refresh_read(struct tx *tx, struct arena *a, struct uuid environment, struct str token,
                      struct refresh_token *ret) MUST_CHECK;

/** Mark a refresh token as replaced; it stays, so that its reuse is noticed. -> OK; CONFLICT; NO_SPACE; IO;
 * NO_MEMORY */
enum err refresh_mark_rotated(struct tx *tx, struct refresh_token *t, int64_t now_ms) MUST_CHECK;

/* One function a grant type (RFC 6749 4). */
typedef enum err grant(struct oauth_request *o, struct http_response *rs);

grant grant_authorization_code, grant_client_credentials, grant_refresh_token;

#endif
