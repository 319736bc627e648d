/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sign-on in progress (reference: flows API): what the client asked of the authorization endpoint, how far
 * the user has come, and what may be done next. It expires 15 minutes after the last thing that happened.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "model/environment.h"
#include "model/user.h"

enum { FLOW_S = 15 * 60 };

enum flow_status {
    FLOW_USERNAME_PASSWORD_REQUIRED,
    FLOW_MUST_CHANGE_PASSWORD,
    FLOW_PASSWORD_EXPIRED,
    FLOW_COMPLETED,
    FLOW_STATUSES,
};

/* All texts live in the arena of the request; STR_NONE where absent. */
struct flow {
    struct object object;
    struct uuid environment, id;
    enum flow_status status;
    int64_t created_at_ms, expires_at_ms;
    /* of the authorization request */
    struct str client, redirect_uri, response_mode, scope, state, nonce, code_challenge,
        code_challenge_method, issuer;
    struct str login_hint;
    bool registered_redirect; /* redirect_uri came with the request, so the token request must repeat it */
    struct str policy, policy_name; /* the sign-on policy in force */
    /* how far it came */
    struct str user, session;
    struct str cookie;   /* id of the session cookie that its completing step set */
    struct str page_key; /* id of the cookie that the hosted page requires */
    int64_t signed_on_at_s;
};

/** "COMPLETED". */
const char *flow_status_name(enum flow_status status);

/** Keep a new flow: id, times and object are set here. -> OK; NO_SPACE; IO; NO_MEMORY */
enum err flow_create(struct tx *tx, struct flow *f) MUST_CHECK;

/** -> OK; NOT_FOUND: unknown or expired; IO; NO_MEMORY */
enum err flow_read(struct tx *tx, struct arena *a, struct uuid environment, struct uuid id,
                   struct flow *ret) MUST_CHECK;

/** Keep what changed, and begin its lifetime anew. -> OK; CONFLICT: somebody else acted on it; IO; NO_MEMORY
 */
enum err flow_update(struct tx *tx, struct arena *a, struct flow *f) MUST_CHECK;

/** -> OK; NOT_FOUND: already gone; IO */
enum err flow_delete(struct tx *tx, const struct flow *f) MUST_CHECK;

/** The request's {environment} and {flow}, for flows and pages. -> OK; FAILED: 404; IO; NO_MEMORY */
enum err flow_of_request(struct http_request *rq, struct uuid environment, struct str id,
                         struct flow *ret) MUST_CHECK;

/** Write the flow as its API shows it; `authorize_response` is JSON text of that member, STR_NONE: none. */
enum err flow_write(struct http_request *rq, const struct flow *f, struct str authorize_response,
                    struct str *ret) MUST_CHECK;

/**
 * Say whose scripts may read the answer to a request about a flow, and that a session counts only if they may
 * with credentials (reference: wire 2.3). Nothing is changed for a client that is gone.
 * ->  OK; IO; NO_MEMORY
 */
enum err flow_set_cors(struct http_request *rq, const struct flow *f) MUST_CHECK;

/** The session cookie of the request: ST, or its twin. STR_NONE: none, or it does not count. */
struct str flow_session_cookie(const struct http_request *rq);

/** Set (or with STR_NONE clear) the session cookie. -> OK; TOO_LARGE; NO_MEMORY */
enum err flow_set_session_cookie(struct http_request *rq, struct http_response *rs, struct uuid environment,
                                 struct str value) MUST_CHECK;

/** Whether a session is enough for a policy: every LOGIN action is satisfied by it. */
bool policy_is_satisfied(const struct sign_on_policy *p, int64_t signed_on_at_ms, int64_t now_ms);

#endif
