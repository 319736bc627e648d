/* SPDX-License-Identifier: Apache-2.0 */
/* The token endpoint, and what it issues. */
#include "oauth/token.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/wait.h"
#include "crypto/jws.h"
#include "model/access_token.h"
#include "model/keyring.h"
#include "model/user.h"
#include "oauth/claims.h"
#include "oauth/client_authentication.h"

enum { ID_TOKEN_S = 3600 };

static const struct {
    const char *name;
    enum grant_type type;
    grant *run;
    bool writes; /* always, so that it need not begin where it cannot */
} grants[] = {
    { "authorization_code", GRANT_AUTHORIZATION_CODE, grant_authorization_code, true },
    { "client_credentials", GRANT_CLIENT_CREDENTIALS, grant_client_credentials, false },
    { "refresh_token", GRANT_REFRESH_TOKEN, grant_refresh_token, true },
};

enum err oauth_token(struct http_request *rq, struct http_response *rs)
{
    struct oauth_request o;
    struct str type;

    TRY(oauth_begin(rq, &o));
    TRY(client_authenticate(&o));
    type = oauth_parameter(&o, "grant_type");
    if (str_is_none(type))
        return oauth_refuse(rq, 400, "invalid_request", "The grant_type is missing.");
    for (size_t i = 0; i < LENGTH(grants); i++) {
        if (!str_is(type, grants[i].name))
            continue;
        if (!(o.client->grant_types & grants[i].type))
            return oauth_refuse(rq, 400, "unauthorized_client", "The client may not use this grant type.");
        if (grants[i].writes && !wait_allowed())
            return UNAVAILABLE;
        return grants[i].run(&o, rs);
    }
    return oauth_refuse(rq, 400, "unsupported_grant_type", "The grant_type is not supported.");
}

bool token_may_refresh(const struct oauth_request *o, const struct scopes *s)
{
    const struct environment *e = o->environment;

    if (!(o->client->grant_types & GRANT_REFRESH_TOKEN))
        return false;
    if (s->offline_access)
        return true;
    for (size_t i = 0; i < o->client->grants_n; i++) {
        const struct resource *r = environment_resource(e, o->client->grants[i].resource);
        const struct scope *offline = r ? resource_scope_named(r, STR("offline_access")) : NULL;

        for (size_t k = 0; offline && k < o->client->grants[i].scopes_n; k++)
            if (uuid_eq(o->client->grants[i].scopes[k], offline->id))
                return false; /* granted, so it must be asked for */
    }
    return true;
}

/* The user an answer is about; document NULL: there is none. */
static enum err read_subject(struct oauth_request *o, const struct token_answer *t, const struct json **ret)
{
    struct user u;
    struct tx *tx;
    enum err e;

    *ret = NULL;
    if (!t->authorization)
        return OK;
    TRY(store_read_begin(o->site->store, o->rq->arena, &tx));
    e = user_read(tx, o->rq->arena, o->environment->id, t->authorization->user, &u);
    tx_end(tx);
    if (e == NOT_FOUND)
        return oauth_refuse(o->rq, 400, "invalid_grant", "The user is gone.");
    TRY(e);
    *ret = u.document;
    return OK;
}

static void set_audiences(struct oauth_request *o, const struct token_answer *t, struct access_token *token)
{
    for (size_t i = 0; i < t->scopes.resources_n; i++) {
        const struct resource *r = t->scopes.resources[i];

        if (r->type == RESOURCE_CUSTOM)
            token->audiences[token->audiences_n++] = r->audience;
        else
            token->for_api = true;
    }
    token->for_api = token->for_api || token->audiences_n == 0 || t->for_api;
    if (token->for_api)
        token->audiences[token->audiences_n++] = o->site->api_audience;
}

static enum err sign_access_token(struct oauth_request *o, const struct token_answer *t,
                                  const struct json *user, struct str *ret)
{
    struct buf extra = buf_make(o->rq->arena, BUF_NO_LIMIT);
    int64_t now_s = clock_now_ms() / 1000;
    const struct authorization *a = t->authorization;
    struct access_token token = {
        .environment = o->environment->id,
        .client = o->client->id,
        .issuer = a ? a->issuer : o->issuer,
        .scope = t->scopes.granted,
        .issued_at_s = now_s,
        .expires_at_s = now_s + t->scopes.validity_s,
    };

    TRY(uuid_text(o->rq->arena, uuid_v4(), &token.jti));
    if (a) {
        token.user = a->user;
        token.session = a->session;
        token.authorization = a->id;
        token.acr = a->acr;
        token.auth_time_s = a->signed_on_at_s;
    }
    set_audiences(o, t, &token);
    for (size_t i = 0; i < t->scopes.resources_n; i++)
        if (t->scopes.resources[i]->type == RESOURCE_CUSTOM)
            claims_write_resource(&extra, t->scopes.resources[i], user);
    TRY(buf_finish(&extra, &token.extra));
    return access_token_sign(o->site, o->rq->arena, o->client, &token, ret);
}

/* The left half of the access token's SHA-256 (OpenID Connect Core 3.1.3.6). */
static enum err half_hash(struct arena *a, struct str token, struct str *ret)
{
    struct digest d = sha256(token);

    return base64url_encode(a, (struct str){ (const char *)d.b, sizeof(d.b) / 2 }, ret);
}

static enum err write_id_claims(struct oauth_request *o, const struct token_answer *t,
                                const struct json *user, struct str access_token, struct str *ret)
{
    const struct authorization *a = t->authorization;
    struct buf b = buf_make(o->rq->arena, BUF_NO_LIMIT);
    int64_t now_s = clock_now_ms() / 1000;
    char subject[UUID_TEXT_LENGTH + 1], session[UUID_TEXT_LENGTH + 1];
    struct str hash;

    uuid_format(a->user, subject);
    uuid_format(a->session, session);
    TRY(half_hash(o->rq->arena, access_token, &hash));
    json_open(&b, '{');
    json_add_str(&b, "iss", a->issuer);
    json_add_str(&b, "sub", str_from(subject));
    json_add_str(&b, "aud", o->client->client_id);
    json_add_int(&b, "iat", now_s);
    json_add_int(&b, "exp", now_s + ID_TOKEN_S);
    json_add_int(&b, "auth_time", a->signed_on_at_s);
    json_add_str(&b, "acr", a->acr);
    json_add_raw(&b, "amr", STR("[\"pwd\"]"));
    if (!str_is_none(a->nonce))
        json_add_str(&b, "nonce", a->nonce);
    json_add_str(&b, "at_hash", hash);
    json_add_str(&b, "sid", str_from(session));
    json_add_str(&b, "env", o->environment->text);
    claims_write(&b, CLAIMS_ID_TOKEN, o->environment, o->client, t->scopes.granted, user);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

static enum err sign_id_token(struct oauth_request *o, const struct token_answer *t, const struct json *user,
                              struct str access_token, struct str *ret)
{
    const struct signing_key *signer;
    struct str claims;

    TRY(write_id_claims(o, t, user, access_token, &claims));
    TRY(keyring_signer(o->site, o->rq->arena, o->environment->id, o->client->key_rotation_policy, &signer));
    return jws_sign(o->rq->arena, signer->key, signer->kid, "JWT", claims, ret);
}

enum err token_answer(struct oauth_request *o, const struct token_answer *t, struct http_response *rs)
{
    struct buf b = buf_make(o->rq->arena, BUF_NO_LIMIT);
    struct str access_token, id_token, body;
    const struct json *user;

    TRY(read_subject(o, t, &user));
    TRY(sign_access_token(o, t, user, &access_token));
    json_open(&b, '{');
    json_add_str(&b, "access_token", access_token);
    json_add_str(&b, "token_type", STR("Bearer"));
    json_add_int(&b, "expires_in", t->scopes.validity_s);
    if (t->scopes.granted.len)
        json_add_str(&b, "scope", t->scopes.granted);
    if (!str_is_none(t->refresh_token))
        json_add_str(&b, "refresh_token", t->refresh_token);
    if (t->authorization && t->scopes.openid) {
        TRY(sign_id_token(o, t, user, access_token, &id_token));
        json_add_str(&b, "id_token", id_token);
    }
    json_close(&b, '}');
    TRY(buf_finish(&b, &body));
    oauth_reply(rs, body);
    return OK;
}
