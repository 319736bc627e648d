/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing and verifying access tokens. What the signature says of a token is remembered by the token's
 * SHA-256; what can change (client, user, session, revocation) is looked at on every use.
 */
#include "model/access_token.h"

#include "base/clock.h"
#include "crypto/jws.h"
#include "model/cache.h"
#include "model/keyring.h"
#include "model/session.h"
#include "model/user.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

enum { REVOCATION_DAYS = 181 }; /* longer than any refresh token or session */

static const struct str ended_type = { "endedAuthorization", 18 };
static const struct str revoked_type = { "revokedToken", 12 };

static void write_claims(struct buf *b, const struct site *site, const struct access_token *t)
{
    json_open(b, '{');
    json_add_id(b, "client_id", t->client);
    json_add_str(b, "iss", t->issuer);
    json_add_str(b, "jti", t->jti);
    json_add_int(b, "iat", t->issued_at_s);
    json_add_int(b, "exp", t->expires_at_s);
    json_open_member(b, "aud", '[');
    for (size_t i = 0; i < t->audiences_n; i++)
        json_add_str(b, NULL, t->audiences[i]);
    json_close(b, ']');
    if (t->scope.len)
        json_add_str(b, "scope", t->scope);
    json_add_id(b, "sub", t->user);
    json_add_id(b, "sid", t->session);
    if (t->auth_time_s)
        json_add_int(b, "auth_time", t->auth_time_s);
    if (t->acr.len)
        json_add_str(b, "acr", t->acr);
    if (t->for_api) {
        json_add_id(b, "env", t->environment);
        json_add_id(b, "org", site->organization);
    }
    json_add_id(b, "lk.env", t->environment);
    json_add_id(b, "lk.auth", t->authorization);
    if (t->extra.len)
        json_add_extra(b, t->extra);
    json_close(b, '}');
}

enum err access_token_sign(struct site *site, struct arena *a, const struct application *client,
                           const struct access_token *t, struct str *ret)
{
    struct buf b = buf_make(a, JWS_LENGTH_MAX / 2);
    const struct signing_key *signer;
    struct str payload;

    TRY(keyring_signer(site, a, t->environment, client->key_rotation_policy, &signer));
    write_claims(&b, site, t);
    TRY(buf_finish(&b, &payload));
    return jws_sign(a, signer->key, signer->kid, "at+jwt", payload, ret);
}

static struct uuid claim_id(const struct json *claims, const char *name)
{
    struct uuid id;

    return uuid_parse(json_str(json_get(claims, name)), &id) == OK ? id : (struct uuid){ { 0 } };
}

static enum err read_audiences(struct arena *a, const struct json *claims, struct str api_audience,
                               struct access_token *t)
{
    json_each (m, json_get(claims, "aud")) {
        if (t->audiences_n == AUDIENCES_MAX)
            return OK;
        TRY(view_text(a, json_str(m.value), &t->audiences[t->audiences_n++]));
        t->for_api = t->for_api || str_eq(json_str(m.value), api_audience);
    }
    return OK;
}

/* What the token says to us only. */
static bool is_private(struct str name)
{
    return str_starts(name, STR("lk."));
}

static enum err write_public(struct arena *reading, struct arena *a, const struct json *claims,
                             struct str *ret)
{
    struct buf b = buf_make(reading, JWS_LENGTH_MAX);
    struct str text;

    json_open(&b, '{');
    json_each (m, claims)
        if (!is_private(m.name))
            json_key_str(&b, m.name), json_write(&b, m.value);
    json_close(&b, '}');
    TRY(buf_finish(&b, &text));
    return view_text(a, str_slice(text, 1, text.len - 2), ret);
}

/* `reading` has the claims and goes; what stays of them is copied to `a`. */
static enum err read_claims(const struct site *site, struct arena *reading, struct arena *a,
                            const struct json *claims, struct access_token *t)
{
    *t = (struct access_token){
        .environment = claim_id(claims, "lk.env"),
        .client = claim_id(claims, "client_id"),
        .user = claim_id(claims, "sub"),
        .session = claim_id(claims, "sid"),
        .authorization = claim_id(claims, "lk.auth"),
        .issued_at_s = json_int(json_get(claims, "iat"), 0),
        .expires_at_s = json_int(json_get(claims, "exp"), 0),
        .auth_time_s = json_int(json_get(claims, "auth_time"), 0),
    };
    TRY(view_text(a, json_path_str(claims, "iss"), &t->issuer));
    TRY(view_text(a, json_path_str(claims, "scope"), &t->scope));
    TRY(view_text(a, json_path_str(claims, "jti"), &t->jti));
    TRY(view_text(a, json_path_str(claims, "acr"), &t->acr));
    TRY(read_audiences(a, claims, site->api_audience, t));
    return write_public(reading, a, claims, &t->claims);
}

/* A token whose signature was checked once; the digest is the whole key, so that a known token is not parsed
 * again. No environment's change makes it forgotten: its key is looked for on every use. */
struct checked {
    struct digest digest;
    struct str kid;
    struct access_token token;
};

static enum err claimed_environment(const struct jws *j, struct uuid *ret)
{
    return uuid_parse(json_str(json_get(j->payload, "lk.env")), ret);
}

static enum err load(struct site *site, struct tx *tx, struct arena *a, const struct view_key *key,
                     void **ret)
{
    struct arena *reading = tx_arena(tx);
    const struct str *text = key->extra;
    struct checked *c = ARENA_NEW(a, struct checked);
    const struct signing_key *signer;
    struct uuid environment;
    struct jws j;
    enum err e;

    tx_end(tx); /* keys are read in a snapshot of their own: nobody holds one and waits for another */
    if (!c)
        return NO_MEMORY;
    TRY(jws_parse(reading, *text, &j));
    if (!str_is(j.type, "at+jwt"))
        return INVALID;
    TRY(claimed_environment(&j, &environment));
    TRY(keyring_find(site, reading, environment, j.kid, &signer));
    e = jws_verify(reading, signer->key, &j);
    if (e == DENIED)
        return INVALID;
    TRY(e);
    c->digest = sha256(*text);
    TRY(str_copy(a, signer->kid, &c->kid));
    TRY(read_claims(site, reading, a, j.payload, &c->token));
    *ret = c;
    return OK;
}

static enum err row_exists(struct tx *tx, struct arena *a, struct uuid environment, struct str type,
                           struct uuid id, bool *ret)
{
    struct object o;
    enum err e = tx_get(tx, a, environment, type, id, &o);

    if (e != OK && e != NOT_FOUND)
        return e;
    *ret = e == OK;
    return OK;
}

enum err authorization_is_ended(struct tx *tx, struct arena *a, struct uuid environment,
                                struct uuid authorization, bool *ret)
{
    return row_exists(tx, a, environment, ended_type, authorization, ret);
}

/* What a user's token stands on. */
static enum err check_user(struct site *site, struct arena *a, const struct application *client,
                           const struct access_token *t)
{
    struct session session;
    struct user user;
    struct tx *tx;
    bool ended;
    enum err e;

    TRY(store_read_begin(site->store, a, &tx));
    e = user_read(tx, a, t->environment, t->user, &user);
    if (e == NOT_FOUND || (e == OK && !user.usable))
        return DENIED;
    TRY(e);
    if (!client->skip_session_check && !uuid_is_nil(t->session)) {
        e = session_read(tx, a, t->environment, t->session, &session);
        if (e == NOT_FOUND)
            return DENIED;
        TRY(e);
    }
    TRY(row_exists(tx, a, t->environment, revoked_type, secret_id(t->jti), &ended));
    if (!ended)
        TRY(authorization_is_ended(tx, a, t->environment, t->authorization, &ended));
    tx_end(tx);
    return ended ? DENIED : OK;
}

static enum err check_state(struct site *site, struct arena *a, const struct access_token *t)
{
    const struct application *client;
    enum err e;

    if (t->expires_at_s * 1000 <= clock_now_ms())
        return DENIED;
    e = application_get(site, a, t->environment, t->client, &client);
    if (e == NOT_FOUND || (e == OK && !client->enabled))
        return DENIED;
    TRY(e);
    return uuid_is_nil(t->user) ? OK : check_user(site, a, client, t);
}

enum err access_token_verify(struct site *site, struct arena *a, struct str text, struct access_token *ret)
{
    static const struct view_kind kind = { "token", load };
    struct digest digest = sha256(text);
    struct view_key key = { .extra = &text };
    const struct signing_key *signer;
    const struct checked *c;
    const void *view;
    enum err e;

    memcpy(key.id.b, digest.b, sizeof(key.id.b));
    e = cache_get(site, a, &kind, &key, &view);
    if (e == NOT_FOUND)
        return INVALID;
    TRY(e);
    c = view;
    if (memcmp(c->digest.b, digest.b, sizeof(digest.b)) != 0)
        return INVALID;
    e = keyring_find(site, a, c->token.environment, c->kid, &signer);
    if (e == NOT_FOUND)
        return DENIED;
    TRY(e);
    TRY(check_state(site, a, &c->token));
    *ret = c->token;
    return OK;
}

enum err access_token_revoke(struct tx *tx, const struct access_token *t)
{
    struct object o = { .environment = t->environment,
                        .type = revoked_type,
                        .id = secret_id(t->jti),
                        .expires_at_ms = t->expires_at_s * 1000 + 1000,
                        .document = STR("{}") };
    enum err e = tx_insert(tx, &o);

    return e == CONFLICT ? OK : e;
}

enum err authorization_end(struct tx *tx, struct uuid environment, struct uuid authorization)
{
    struct object o = {
        .environment = environment, .type = ended_type, .id = authorization, .document = STR("{}")
    };
    enum err e;

    o.expires_at_ms = clock_now_ms() + REVOCATION_DAYS * DAY_MS;
    e = tx_insert(tx, &o);
    return e == CONFLICT ? OK : e;
}
