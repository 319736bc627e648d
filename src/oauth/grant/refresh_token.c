/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A refresh token for new tokens (RFC 6749 6). It is always rotated (RFC 9700 4.14.2): using an old one
 * again, beyond the grace the client allows, ends everything of its authorization.
 */
#include "base/clock.h"
#include "base/random.h"
#include "model/access_token.h"
#include "model/session.h"
#include "model/user.h"
#include "oauth/token.h"

enum { REFRESH_TOKEN_OCTETS = 48 };

struct rotation {
    struct oauth_request *o;
    struct str token, requested, new_token;
    int64_t now_ms;
    /* the outcome */
    struct refresh_token found;
    struct scopes scopes;
    bool reused;
};

static enum err refuse(struct rotation *r)
{
    return oauth_refuse(r->o->rq, 400, "invalid_grant", "The refresh token is not valid.");
}

static enum err check_holder(struct rotation *r, struct tx *tx)
{
    const struct authorization *a = &r->found.authorization;
    struct uuid environment = r->o->environment->id;
    struct session session;
    struct user user;
    bool ended;
    enum err e = user_read(tx, tx_arena(tx), environment, a->user, &user);

    if (e == NOT_FOUND || (e == OK && !user.usable))
        return refuse(r);
    TRY(e);
    TRY(authorization_is_ended(tx, tx_arena(tx), environment, a->id, &ended));
    if (ended)
        return refuse(r);
    if (r->o->client->skip_session_check)
        return OK;
    e = session_read(tx, tx_arena(tx), environment, a->session, &session);
    return e == NOT_FOUND ? refuse(r) : e;
}

/* Scopes are checked against the grants again; fewer may be asked for, never more. */
static enum err resolve(struct rotation *r)
{
    struct str wanted = r->requested.len ? r->requested : r->found.authorization.scope;
    const char *fault = "A scope was not granted before.";
    enum err e = INVALID;

    if (scopes_within(wanted, r->found.authorization.scope))
        e = scopes_resolve(r->o->rq->arena, r->o->environment, r->o->client, wanted, &r->scopes, &fault);
    return e == INVALID ? oauth_refuse(r->o->rq, 400, "invalid_scope", fault) : e;
}

/* Without a grace period every later use is one, even of the same millisecond or of a request that came
 * before the one that rotated. */
static bool is_reuse(const struct rotation *r)
{
    int64_t since = r->now_ms - r->found.rotated_at_ms, grace_s = r->o->client->refresh_grace_s;

    return r->found.rotated_at_ms && (grace_s == 0 || since > grace_s * 1000);
}

static enum err rotate(struct tx *tx, void *arg)
{
    struct rotation *r = arg;
    struct uuid environment = r->o->environment->id;
    enum err e;

    r->reused = false;
    r->o->rq->problem = (struct problem){ 0 };
    e = refresh_read(tx, r->o->rq->arena, environment, r->token, &r->found);
    if (e == NOT_FOUND || (e == OK && !uuid_eq(r->found.client, r->o->client->id)))
        return refuse(r);
    TRY(e);
    if (is_reuse(r)) {
        r->reused = true;
        return authorization_end(tx, environment, r->found.authorization.id);
    }
    TRY(check_holder(r, tx));
    TRY(resolve(r));
    if (!r->found.rotated_at_ms)
        TRY(refresh_mark_rotated(tx, &r->found, r->now_ms));
    return refresh_keep(tx, r->o->client, r->new_token, &r->found.authorization);
}

enum err grant_refresh_token(struct oauth_request *o, struct http_response *rs)
{
    struct rotation r = { .o = o,
                          .token = oauth_parameter(o, "refresh_token"),
                          .requested = oauth_parameter(o, "scope"),
                          .now_ms = clock_now_ms() };
    struct token_answer t = { .authorization = &r.found.authorization };

    if (str_is_none(r.token))
        return oauth_refuse(o->rq, 400, "invalid_request", "The refresh_token is missing.");
    TRY(random_text(o->rq->arena, REFRESH_TOKEN_OCTETS, &r.new_token));
    TRY(store_write(o->site->store, rotate, &r));
    if (r.reused)
        return refuse(&r);
    t.scopes = r.scopes;
    t.refresh_token = r.new_token;
    return token_answer(o, &t, rs);
}
