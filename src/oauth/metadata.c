/* SPDX-License-Identifier: Apache-2.0 */
/* Userinfo (OpenID Connect Core 5.3), JWKS (RFC 7517), discovery (OpenID Connect Discovery 4). */
#include "model/access_token.h"
#include "model/keyring.h"
#include "model/user.h"
#include "oauth/claims.h"
#include "oauth/oauth.h"
#include "resource/reply.h"
#include "json/json.h"

static enum err refuse_bearer(struct http_request *rq, int status, enum detail_code code, const char *message)
{
    (void)problem_set(rq, status, ACCESS_FAILED, STR_NONE);
    return problem_detail(rq, code, STR_NONE, str_from(message));
}

static enum err read_token(struct http_request *rq, const struct environment *e, struct access_token *ret)
{
    struct str text;
    enum err err = http_bearer(rq, &text);

    if (err != OK)
        return refuse_bearer(rq, 401, INVALID_TOKEN, "The access token is missing.");
    err = access_token_verify(site_of(rq), rq->arena, text, ret);
    if (err == INVALID || err == DENIED || (err == OK && !uuid_eq(ret->environment, e->id)))
        return refuse_bearer(rq, 401, INVALID_TOKEN, "The access token is expired or not valid.");
    TRY(err);
    if (uuid_is_nil(ret->user) || !str_list_has(ret->scope, ' ', STR("openid")))
        return refuse_bearer(rq, 403, INSUFFICIENT_PERMISSIONS,
                             "The access token was not issued for the openid scope.");
    return OK;
}

static enum err write_claims(struct http_request *rq, const struct environment *e,
                             const struct access_token *t, struct str *ret)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    const struct application *client;
    char subject[UUID_TEXT_LENGTH + 1];
    struct user user;
    struct tx *tx;

    TRY(application_get(site_of(rq), rq->arena, t->environment, t->client, &client));
    TRY(store_read_begin(site_of(rq)->store, rq->arena, &tx));
    TRY(user_read(tx, rq->arena, t->environment, t->user, &user));
    tx_end(tx);
    uuid_format(t->user, subject);
    json_open(&b, '{');
    json_add_str(&b, "sub", str_from(subject));
    claims_write(&b, CLAIMS_USER_INFO, e, client, t->scope, user.document);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

enum err oauth_userinfo(struct http_request *rq, struct http_response *rs)
{
    const struct environment *e;
    struct access_token t;
    struct str body;

    TRY(oauth_environment(rq, &e));
    TRY(read_token(rq, e, &t));
    TRY(write_claims(rq, e, &t, &body));
    oauth_reply(rs, body);
    return OK;
}

/* What anybody may know, and keep for a while: a new key is published a day before it signs. */
static enum err reply_public(struct http_response *rs, struct str body)
{
    oauth_reply(rs, body);
    rs->repeats = true;
    return http_add_header(rs, "Cache-Control", STR("public, max-age=300"));
}

enum err oauth_jwks(struct http_request *rq, struct http_response *rs)
{
    const struct signing_key *signer;
    const struct environment *e;
    const struct keyring *ring;

    TRY(oauth_environment(rq, &e));
    TRY(keyring_get(site_of(rq), rq->arena, e->id, &ring));
    if (!ring->keys_n) {
        /* the first use makes the key, whoever comes first */
        TRY(keyring_signer(site_of(rq), rq->arena, e->id, (struct uuid){ { 0 } }, &signer));
        TRY(keyring_get(site_of(rq), rq->arena, e->id, &ring));
    }
    return reply_public(rs, ring->jwks);
}

/* What stands before, between and behind the places of the issuer. */
static const struct str discovery[] = {
    STR("{\"issuer\":\""),
    STR("\",\"authorization_endpoint\":\""),
    STR("/authorize\",\"token_endpoint\":\""),
    STR("/token\",\"userinfo_endpoint\":\""),
    STR("/userinfo\",\"jwks_uri\":\""),
    STR("/jwks\",\"end_session_endpoint\":\""),
    STR("/signoff\",\"introspection_endpoint\":\""),
    STR("/introspect\",\"revocation_endpoint\":\""),
    STR("/revoke\","
        "\"claims_parameter_supported\":false,\"request_parameter_supported\":false,"
        "\"request_uri_parameter_supported\":false,\"require_pushed_authorization_requests\":false,"
        "\"scopes_supported\":[\"openid\",\"profile\",\"email\",\"address\",\"phone\",\"offline_access\"],"
        "\"response_types_supported\":[\"code\"],"
        "\"response_modes_supported\":[\"pi.flow\",\"query\",\"fragment\",\"form_post\"],"
        "\"grant_types_supported\":[\"authorization_code\",\"client_credentials\",\"refresh_token\"],"
        "\"subject_types_supported\":[\"public\"],"
        "\"id_token_signing_alg_values_supported\":[\"RS256\",\"RS384\",\"RS512\"],"
        "\"userinfo_signing_alg_values_supported\":[\"none\"],"
        "\"token_endpoint_auth_methods_supported\":[\"client_secret_basic\",\"client_secret_post\",\"none\"],"
        "\"claim_types_supported\":[\"normal\"],"
        "\"claims_supported\":[\"sub\",\"iss\",\"auth_time\",\"acr\",\"name\",\"given_name\",\"family_name\","
        "\"middle_name\",\"preferred_username\",\"profile\",\"picture\",\"zoneinfo\",\"phone_number\","
        "\"updated_at\",\"address\",\"email\",\"locale\"],"
        "\"code_challenge_methods_supported\":[\"plain\",\"S256\"],"
        "\"authorization_response_iss_parameter_supported\":false}"),
};

/* The issuer is a checked host and needs no escapes. */
enum err oauth_discovery(struct http_request *rq, struct http_response *rs)
{
    struct str parts[2 * LENGTH(discovery) - 1], issuer, body;
    const struct environment *e;

    TRY(oauth_environment(rq, &e));
    TRY(oauth_issuer(rq, e, &issuer));
    for (size_t i = 0; i < LENGTH(parts); i++)
        parts[i] = i % 2 ? issuer : discovery[i / 2];
    TRY(str_join(rq->arena, parts, LENGTH(parts), &body));
    return reply_public(rs, body);
}
