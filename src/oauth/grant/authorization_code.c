/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A code for tokens (RFC 6749 4.1.3, PKCE of RFC 7636). Only a fully valid request redeems; a replay by its
 * own client ends everything that was issued from it.
 */
#include "base/encoding.h"
#include "base/random.h"
#include "model/access_token.h"
#include "model/session.h"
#include "model/user.h"
#include "oauth/pkce.h"
#include "oauth/token.h"

enum { REFRESH_TOKEN_OCTETS = 48 };

struct redemption {
    struct oauth_request *o;
    struct str code, redirect_uri, verifier;
    struct str new_refresh_token; /* kept if the scopes allow */
    /* the outcome */
    struct authorization_code found;
    struct scopes scopes;
    bool replayed, refreshes;
};

static enum err refuse(struct redemption *r, const char *description)
{
    return oauth_refuse(r->o->rq, 400, "invalid_grant", description);
}

static enum err check_binding(struct redemption *r)
{
    const struct authorization_code *c = &r->found;
    enum err e;

    if (!str_eq(c->client, r->o->client->client_id))
        return refuse(r, "The code is not valid.");
    if (c->registered_redirect ? !str_eq(c->redirect_uri, r->redirect_uri)
                               : r->redirect_uri.len && !str_eq(c->redirect_uri, r->redirect_uri))
        return refuse(r, "The redirect_uri is not that of the authorization request.");
    e = pkce_check(r->o->rq->arena, c->code_challenge, c->code_challenge_method, r->verifier);
    return e == DENIED ? refuse(r, "The code_verifier is not right.") : e;
}

/* User and session must still be there. */
static enum err check_user(struct redemption *r, struct tx *tx)
{
    const struct authorization *a = &r->found.authorization;
    struct uuid environment = r->o->environment->id;
    struct session session;
    struct user user;
    enum err e = user_read(tx, tx_arena(tx), environment, a->user, &user);

    if (e == NOT_FOUND || (e == OK && !user.usable))
        return refuse(r, "The user cannot sign on any more.");
    TRY(e);
    e = session_read(tx, tx_arena(tx), environment, a->session, &session);
    return e == NOT_FOUND ? refuse(r, "The session has ended.") : e;
}

static enum err resolve(struct redemption *r)
{
    const char *fault;
    enum err e = scopes_resolve(r->o->rq->arena, r->o->environment, r->o->client,
                                r->found.authorization.scope, &r->scopes, &fault);

    return e == INVALID ? refuse(r, fault) : e;
}

static enum err redeem(struct tx *tx, void *arg)
{
    struct redemption *r = arg;
    struct uuid environment = r->o->environment->id;
    struct authorization *a = &r->found.authorization;
    struct object o;
    bool redeemed;
    enum err e;

    r->replayed = false;
    r->o->rq->problem = (struct problem){ 0 };
    e = code_read(tx, r->o->rq->arena, environment, r->code, &r->found, &o, &redeemed);
    if (e == NOT_FOUND)
        return refuse(r, "The code is not valid.");
    TRY(e);
    if (redeemed && str_eq(r->found.client, r->o->client->client_id)) {
        r->replayed = true;
        return authorization_end(tx, environment, a->id);
    }
    TRY(check_binding(r));
    TRY(check_user(r, tx));
    TRY(resolve(r));
    TRY(tx_update(tx, &o)); /* its version says that it is redeemed */
    r->refreshes = token_may_refresh(r->o, &r->scopes);
    a->first_issued_at_ms = (int64_t)o.expires_at_ms - CODE_S * 1000;
    return r->refreshes ? refresh_keep(tx, r->o->client, r->new_refresh_token, a) : OK;
}

enum err grant_authorization_code(struct oauth_request *o, struct http_response *rs)
{
    struct redemption r = { .o = o,
                            .code = oauth_parameter(o, "code"),
                            .redirect_uri = oauth_parameter(o, "redirect_uri"),
                            .verifier = oauth_parameter(o, "code_verifier") };
    struct token_answer t = { .authorization = &r.found.authorization };

    if (str_is_none(r.code))
        return oauth_refuse(o->rq, 400, "invalid_request", "The code is missing.");
    TRY(random_text(o->rq->arena, REFRESH_TOKEN_OCTETS, &r.new_refresh_token));
    TRY(store_write(o->site->store, redeem, &r));
    if (r.replayed)
        return refuse(&r, "The code was used before.");
    t.scopes = r.scopes;
    t.refresh_token = r.refreshes ? r.new_refresh_token : STR_NONE;
    return token_answer(o, &t, rs);
}
