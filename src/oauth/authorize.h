/* SPDX-License-Identifier: Apache-2.0 */
/* An authorization request under check, and its end. */
#ifndef OAUTH_AUTHORIZE_H
#define OAUTH_AUTHORIZE_H

#include "flow/flow.h"
#include "oauth/oauth.h"
#include "oauth/redirect.h"

struct authorize {
    struct http_request *rq;
    struct site *site;
    const struct environment *environment;
    const struct application *client;
    struct http_form form;
    struct flow flow; /* what is kept if the user has to act */
    const struct sign_on_policy *policy;
    bool acr_asked, is_pi_flow, may_redirect, prompt_none, prompt_login;
    int64_t max_age_s;             /* -1: any */
    struct str error, description; /* for the client */
};

/** Issue the code of a completed flow and send it to the client by its response mode; pi.flow gets it in the
 * flow.
 * -> OK; FAILED; NO_SPACE; IO; NO_MEMORY */
enum err authorize_finish(struct http_request *rq, struct http_response *rs, const struct flow *f) MUST_CHECK;

#endif
