/* SPDX-License-Identifier: Apache-2.0 */
/* Introspection (RFC 7662) and revocation (RFC 7009), by the application a token was issued to, and
 * introspection by the resource it is for. */
#include "base/clock.h"
#include "model/access_token.h"
#include "oauth/client_authentication.h"
#include "oauth/token.h"
#include "json/json.h"

static bool is_for(const struct oauth_request *o, const struct access_token *t)
{
    if (o->client)
        return uuid_eq(t->client, o->client->id);
    for (size_t i = 0; i < t->audiences_n; i++)
        if (str_eq(t->audiences[i], o->resource->audience))
            return true;
    return false;
}

static void write_access_token(struct buf *b, const struct access_token *t)
{
    json_add_bool(b, "active", true);
    json_add_str(b, "token_type", STR("Bearer"));
    json_add_extra(b, t->claims);
}

static void write_refresh_token(struct buf *b, const struct refresh_token *t)
{
    json_add_bool(b, "active", true);
    json_add_str(b, "scope", t->authorization.scope);
    json_add_id(b, "client_id", t->client);
    json_add_id(b, "sub", t->authorization.user);
    json_add_id(b, "sid", t->authorization.session);
    json_add_str(b, "iss", t->authorization.issuer);
    json_add_int(b, "exp", t->object.expires_at_ms / 1000);
}

/* A refresh token of this client that has not been rotated or ended. -> NOT_FOUND: none such */
static enum err find_refresh(struct oauth_request *o, struct str token, struct refresh_token *ret)
{
    struct tx *tx;
    bool ended;
    enum err e;

    if (!o->client)
        return NOT_FOUND;
    TRY(store_read_begin(o->site->store, o->rq->arena, &tx));
    e = refresh_read(tx, o->rq->arena, o->environment->id, token, ret);
    if (e == OK)
        e = authorization_is_ended(tx, o->rq->arena, o->environment->id, ret->authorization.id, &ended);
    tx_end(tx);
    TRY(e);
    return ended || ret->rotated_at_ms || !uuid_eq(ret->client, o->client->id) ? NOT_FOUND : OK;
}

/* -> OK; NOT_FOUND: inactive, or none of this caller's business */
static enum err find_access(struct oauth_request *o, struct str token, struct access_token *ret)
{
    enum err e = access_token_verify(o->site, o->rq->arena, token, ret);

    if (e == INVALID || e == DENIED)
        return NOT_FOUND;
    TRY(e);
    return uuid_eq(ret->environment, o->environment->id) && is_for(o, ret) ? OK : NOT_FOUND;
}

static enum err write_state(struct oauth_request *o, struct str token, struct buf *b)
{
    struct access_token access;
    struct refresh_token refresh;
    enum err e;

    e = find_access(o, token, &access);
    if (e == OK)
        write_access_token(b, &access);
    if (e != NOT_FOUND)
        return e;
    e = find_refresh(o, token, &refresh);
    if (e == OK)
        write_refresh_token(b, &refresh);
    else if (e == NOT_FOUND)
        json_add_bool(b, "active", false);
    return e == NOT_FOUND ? OK : e;
}

enum err oauth_introspect(struct http_request *rq, struct http_response *rs)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct oauth_request o;
    struct str token, body;

    TRY(oauth_begin(rq, &o));
    TRY(client_or_resource_authenticate(&o));
    token = oauth_parameter(&o, "token");
    if (str_is_none(token))
        return oauth_refuse(rq, 400, "invalid_request", "The token is missing.");
    json_open(&b, '{');
    TRY(write_state(&o, token, &b));
    json_close(&b, '}');
    TRY(buf_finish(&b, &body));
    oauth_reply(rs, body);
    return OK;
}

struct revocation {
    struct uuid environment;
    const struct access_token *access;
    const struct refresh_token *refresh;
};

static enum err revoke(struct tx *tx, void *arg)
{
    const struct revocation *r = arg;

    if (r->refresh)
        return authorization_end(tx, r->environment, r->refresh->authorization.id);
    return access_token_revoke(tx, r->access);
}

enum err oauth_revoke(struct http_request *rq, struct http_response *rs)
{
    struct access_token access;
    struct refresh_token refresh;
    struct revocation r = { 0 };
    struct oauth_request o;
    struct str token;
    enum err e;

    TRY(oauth_begin(rq, &o));
    TRY(client_authenticate(&o));
    token = oauth_parameter(&o, "token");
    if (str_is_none(token))
        return oauth_refuse(rq, 400, "invalid_request", "The token is missing.");
    r.environment = o.environment->id;
    rs->status = 200;
    e = find_refresh(&o, token, &refresh);
    if (e == OK) {
        r.refresh = &refresh;
        return store_write(o.site->store, revoke, &r);
    }
    if (e == NOT_FOUND)
        e = find_access(&o, token, &access);
    if (e == NOT_FOUND)
        return OK; /* it is as invalid as the client wants it (RFC 7009 2.2) */
    TRY(e);
    if (uuid_is_nil(access.session))
        return OK; /* a client's own token lives out its time (reference: state of issued tokens) */
    r.access = &access;
    return store_write(o.site->store, revoke, &r);
}
