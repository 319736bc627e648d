/* SPDX-License-Identifier: Apache-2.0 */
/* What a token says, and on what it stands at each use. */
#include "site.h"

#include "base/clock.h"
#include "crypto/jws.h"
#include "model/access_token.h"
#include "model/keyring.h"

static const struct uuid here = { { [15] = 1 } }, policy = { { [15] = 2 } }, authorization = { { [15] = 6 } };

#define ADA "{\"enabled\":%s,\"population\":{\"id\":\"00000000-0000-0000-0000-000000000009\"}}"

static const struct object client = { .environment = { { [15] = 1 } },
                                      .type = STR("application"),
                                      .id = { { [15] = 3 } } },
                           ada = { .environment = { { [15] = 1 } },
                                   .type = STR("user"),
                                   .id = { { [15] = 4 } } },
                           session = { .environment = { { [15] = 1 } },
                                       .type = STR("session"),
                                       .id = { { [15] = 5 } },
                                       .parent = { { [15] = 4 } } };

/* With a client, a user and a session. */
static struct site *site_with_client(void)
{
    struct site *s = site_new();
    const struct object p = { .environment = here, .type = STR("keyRotationPolicy"), .id = policy };

    site_put_environment(s, here);
    site_put(s, &p, "{}", NULL);
    site_name(s, &p, "default", "true");
    site_put(s, &client, "{\"enabled\":true}", NULL);
    site_put(s, &ada, text_of(ADA, "true"), NULL);
    site_put(s, &session, "{}", NULL);
    return s;
}

static struct access_token of_client(void)
{
    int64_t now = clock_now_ms() / 1000;

    return (struct access_token){ .environment = here,
                                  .client = client.id,
                                  .issuer = STR("https://localhost/as"),
                                  .scope = STR("a b"),
                                  .jti = STR("j1"),
                                  .audiences = { STR("https://one.example"), STR("https://api.example.com") },
                                  .audiences_n = 2,
                                  .for_api = true,
                                  .issued_at_s = now,
                                  .expires_at_s = now + 3600 };
}

static struct access_token of_ada(void)
{
    struct access_token t = of_client();

    t.user = ada.id;
    t.session = session.id;
    t.authorization = authorization;
    return t;
}

static struct str sign(struct site *s, const struct access_token *t)
{
    const struct application *app;
    struct str text;

    assert_ok(application_get(s, test_arena(), here, client.id, &app));
    assert_ok(access_token_sign(s, test_arena(), app, t, &text));
    return text;
}

static enum err verify(struct site *s, struct str text)
{
    struct access_token t;

    return access_token_verify(s, test_arena(), text, &t);
}

TEST(access_token, says_what_was_signed)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada(), read;

    t.auth_time_s = 7;
    t.acr = STR("Single_Factor");
    assert_ok(access_token_verify(s, test_arena(), sign(s, &t), &read));
    assert_true(uuid_eq(read.environment, here) && uuid_eq(read.client, client.id) &&
                uuid_eq(read.user, ada.id) && uuid_eq(read.session, session.id) &&
                uuid_eq(read.authorization, authorization));
    assert_str(read.scope, "a b");
    assert_str(read.jti, "j1");
    assert_str(read.acr, "Single_Factor");
    assert_int_equal(read.audiences_n, 2);
    assert_true(read.for_api);
    assert_int_equal(read.auth_time_s, 7);
    assert_int_equal(read.expires_at_s, t.expires_at_s);
}

TEST(access_token, is_for_the_api_by_its_audience_alone)
{
    struct site *s = site_with_client();
    struct access_token t = of_client(), read;

    t.audiences_n = 1; /* whatever else it says */
    assert_ok(access_token_verify(s, test_arena(), sign(s, &t), &read));
    assert_false(read.for_api);
}

TEST(access_token, shows_nobody_what_it_says_to_us_only)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada(), read;
    const struct json *claims;

    assert_ok(access_token_verify(s, test_arena(), sign(s, &t), &read));
    claims = json_of(text_of("{%.*s}", STR_FMT(read.claims)));
    assert_str(json_path_str(claims, "jti"), "j1");
    json_each (m, claims)
        assert_false(str_starts(m.name, STR("lk.")));
}

TEST(access_token, of_others_is_none)
{
    static const char *const rows[] = { "", "a.b.c", "not a token", "eyJhbGciOiJub25lIn0.e30." };
    struct site *s = site_with_client();
    struct access_token t = of_client();
    struct str text = sign(s, &t);
    char *changed = str_z(test_arena(), text);

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(verify(s, str_from(rows[i])), INVALID);
    changed[text.len - 10] = changed[text.len - 10] == 'A' ? 'B' : 'A';
    assert_err(verify(s, str_from(changed)), INVALID);
    assert_ok(verify(s, text));
    assert_err(verify(s, str_slice(text, 0, text.len - 1)), INVALID);
}

/* An ID token is signed with the same keys. */
TEST(access_token, is_of_the_type_that_says_so)
{
    struct site *s = site_with_client();
    const struct signing_key *k;
    struct str payload, text;

    assert_ok(
        str_printf(test_arena(), &payload,
                   "{\"lk.env\":\"00000000-0000-0000-0000-000000000001\",\"client_id\":\"00000000-0000-0000-"
                   "0000-000000000003\",\"exp\":%lld}",
                   (long long)(clock_now_ms() / 1000 + 60)));
    assert_ok(keyring_signer(s, test_arena(), here, policy, &k));
    assert_ok(jws_sign(test_arena(), k->key, k->kid, "at+jwt", payload, &text));
    assert_ok(verify(s, text));
    assert_ok(jws_sign(test_arena(), k->key, k->kid, "JWT", payload, &text));
    assert_err(verify(s, text), INVALID);
}

TEST(access_token, ends_with_its_time)
{
    struct site *s = site_with_client();
    struct access_token t = of_client();

    t.expires_at_s = clock_now_ms() / 1000;
    assert_err(verify(s, sign(s, &t)), DENIED);
    t.expires_at_s += 60;
    assert_ok(verify(s, sign(s, &t)));
}

TEST(access_token, says_the_same_again_when_it_is_remembered)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada(), read;
    struct str text = sign(s, &t);

    for (int i = 0; i < 2; i++) {
        assert_ok(access_token_verify(s, test_arena(), text, &read));
        assert_true(uuid_eq(read.user, ada.id));
        assert_str(read.scope, "a b");
    }
}

/* Each of these is changed while the token is remembered. */

TEST(access_token, stands_on_an_enabled_client)
{
    struct site *s = site_with_client();
    struct access_token t = of_client();
    struct str text = sign(s, &t);

    assert_ok(verify(s, text));
    site_put(s, &client, "{\"enabled\":false}", NULL);
    assert_err(verify(s, text), DENIED);
}

TEST(access_token, stands_on_an_enabled_user)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada();
    struct str text = sign(s, &t);

    assert_ok(verify(s, text));
    site_put(s, &ada, text_of(ADA, "false"), NULL);
    assert_err(verify(s, text), DENIED);
}

static enum err delete_in(struct tx *tx, void *arg)
{
    const struct object *o = arg;

    return tx_delete(tx, o->environment, o->type, o->id);
}

static void remove_object(struct site *s, struct object o)
{
    site_write(s, delete_in, &o);
}

TEST(access_token, stands_on_a_user_who_is_there)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada();
    struct str text = sign(s, &t);

    assert_ok(verify(s, text));
    remove_object(s, ada);
    assert_err(verify(s, text), DENIED);
}

TEST(access_token, stands_on_its_session_unless_the_client_opts_out)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada();
    struct str text = sign(s, &t);

    assert_ok(verify(s, text));
    remove_object(s, session);
    assert_err(verify(s, text), DENIED);
    site_put(s, &client, "{\"enabled\":true,\"skipTokenSessionValidation\":true}", NULL);
    assert_ok(verify(s, text));
}

TEST(access_token, stands_on_the_key_that_signed_it)
{
    struct site *s = site_with_client();
    struct access_token t = of_client();
    const struct keyring *r;
    struct str text = sign(s, &t);
    struct object key = { .environment = here, .type = STR("signingKey") };

    assert_ok(verify(s, text));
    assert_ok(keyring_get(s, test_arena(), here, &r));
    assert_ok(uuid_parse(r->keys[0].kid, &key.id));
    remove_object(s, key);
    site_put(s, &client, "{\"enabled\":true}", NULL); /* the environment has changed */
    assert_err(verify(s, text), DENIED);
}

static enum err revoke_in(struct tx *tx, void *arg)
{
    return access_token_revoke(tx, arg);
}

TEST(access_token, that_was_revoked_ends_and_the_next_one_does_not)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada();
    struct str text = sign(s, &t), next;

    site_write(s, revoke_in, &t);
    site_write(s, revoke_in, &t); /* again is fine */
    assert_err(verify(s, text), DENIED);
    t.jti = STR("j2");
    next = sign(s, &t);
    assert_ok(verify(s, next));
}

static enum err end_in(struct tx *tx, void *arg)
{
    const struct access_token *t = arg;

    return authorization_end(tx, t->environment, t->authorization);
}

TEST(access_token, ends_with_its_authorization)
{
    struct site *s = site_with_client();
    struct access_token t = of_ada();
    struct str first = sign(s, &t), second;

    t.jti = STR("j2");
    second = sign(s, &t);
    site_write(s, end_in, &t);
    assert_err(verify(s, first), DENIED);
    assert_err(verify(s, second), DENIED);
    t.authorization = ada.id; /* another one */
    assert_ok(verify(s, sign(s, &t)));
}
