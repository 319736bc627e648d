/* SPDX-License-Identifier: Apache-2.0 */
/* Authorizations, codes and refresh tokens in the store: only under the SHA-256 of what the client holds. */
#include "base/clock.h"
#include "oauth/token.h"
#include "json/json.h"

static const struct str code_type = { "authorizationCode", 17 };
static const struct str refresh_type = { "refreshToken", 12 };

static void add_text(struct buf *b, const char *name, struct str value)
{
    if (!str_is_none(value))
        json_add_str(b, name, value);
}

static void write_authorization(struct buf *b, const struct authorization *a)
{
    json_add_id(b, "authorization", a->id);
    json_add_id(b, "user", a->user);
    json_add_id(b, "session", a->session);
    add_text(b, "scope", a->scope);
    add_text(b, "issuer", a->issuer);
    add_text(b, "nonce", a->nonce);
    add_text(b, "acr", a->acr);
    json_add_int(b, "signedOnAt", a->signed_on_at_s);
    json_add_int(b, "firstIssuedAt", a->first_issued_at_ms);
}

static enum err read_authorization(const struct json *d, struct authorization *a)
{
    *a = (struct authorization){
        .scope = json_path_str(d, "scope"),
        .issuer = json_path_str(d, "issuer"),
        .nonce = json_path_str(d, "nonce"),
        .acr = json_path_str(d, "acr"),
        .signed_on_at_s = json_int(json_get(d, "signedOnAt"), 0),
        .first_issued_at_ms = json_int(json_get(d, "firstIssuedAt"), 0),
    };
    if (uuid_parse(json_path_str(d, "authorization"), &a->id) != OK ||
        uuid_parse(json_path_str(d, "user"), &a->user) != OK ||
        uuid_parse(json_path_str(d, "session"), &a->session) != OK)
        return CORRUPT;
    return OK;
}

enum err code_keep(struct tx *tx, struct uuid environment, struct str code,
                   const struct authorization_code *c)
{
    struct buf b = buf_make(tx_arena(tx), BUF_NO_LIMIT);
    struct object o = { .environment = environment, .type = code_type, .id = secret_id(code) };

    json_open(&b, '{');
    write_authorization(&b, &c->authorization);
    add_text(&b, "client", c->client);
    add_text(&b, "redirectUri", c->redirect_uri);
    add_text(&b, "codeChallenge", c->code_challenge);
    add_text(&b, "codeChallengeMethod", c->code_challenge_method);
    json_add_bool(&b, "registeredRedirect", c->registered_redirect);
    json_close(&b, '}');
    TRY(buf_finish(&b, &o.document));
    o.expires_at_ms = clock_now_ms() + CODE_S * 1000;
    return tx_insert(tx, &o);
}

enum err code_read(struct tx *tx, struct arena *a, struct uuid environment, struct str code,
                   struct authorization_code *ret, struct object *ret_object, bool *ret_redeemed)
{
    const struct json *d;

    TRY(tx_get(tx, a, environment, code_type, secret_id(code), ret_object));
    TRY(json_parse_stored(a, ret_object->document, &d));
    TRY(read_authorization(d, &ret->authorization));
    ret->client = json_path_str(d, "client");
    ret->redirect_uri = json_path_str(d, "redirectUri");
    ret->code_challenge = json_path_str(d, "codeChallenge");
    ret->code_challenge_method = json_path_str(d, "codeChallengeMethod");
    ret->registered_redirect = json_is_true(json_get(d, "registeredRedirect"));
    *ret_redeemed = ret_object->version > 1;
    return OK;
}

/* The lesser of now + refreshTokenDuration and the first issue + refreshTokenRollingDuration. */
static int64_t refresh_end(const struct application *client, const struct authorization *a, int64_t now)
{
    int64_t next = now + client->refresh_duration_s * 1000;
    int64_t last = a->first_issued_at_ms + client->refresh_rolling_s * 1000;

    return next < last ? next : last;
}

static enum err write_refresh(struct arena *arena, struct uuid client, const struct authorization *a,
                              int64_t rotated_at_ms, struct str *ret)
{
    struct buf b = buf_make(arena, BUF_NO_LIMIT);

    json_open(&b, '{');
    write_authorization(&b, a);
    json_add_id(&b, "client", client);
    if (rotated_at_ms)
        json_add_int(&b, "rotatedAt", rotated_at_ms);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

enum err refresh_keep(struct tx *tx, const struct application *client, struct str token,
                      const struct authorization *a)
{
    struct object o = { .environment = client->environment, .type = refresh_type, .id = secret_id(token) };

    TRY(write_refresh(tx_arena(tx), client->id, a, 0, &o.document));
    o.expires_at_ms = refresh_end(client, a, clock_now_ms());
    return tx_insert(tx, &o);
}

enum err refresh_read(struct tx *tx, struct arena *a, struct uuid environment, struct str token,
                      struct refresh_token *ret)
{
    struct refresh_token t = { .rotated_at_ms = 0 };
    const struct json *d;

    TRY(tx_get(tx, a, environment, refresh_type, secret_id(token), &t.object));
    TRY(json_parse_stored(a, t.object.document, &d));
    TRY(read_authorization(d, &t.authorization));
    if (uuid_parse(json_path_str(d, "client"), &t.client) != OK)
        return CORRUPT;
    t.rotated_at_ms = json_int(json_get(d, "rotatedAt"), 0);
    *ret = t;
    return OK;
}

enum err refresh_mark_rotated(struct tx *tx, struct refresh_token *t, int64_t now_ms)
{
    TRY(write_refresh(tx_arena(tx), t->client, &t->authorization, now_ms, &t->object.document));
    return tx_update(tx, &t->object);
}
