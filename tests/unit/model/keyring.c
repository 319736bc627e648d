/* SPDX-License-Identifier: Apache-2.0 */
/* Which key signs when. Keys are made once and put in with the times that a test needs: making one is slow.
 */
#include "site.h"

#include "base/clock.h"
#include "base/wait.h"
#include "model/keyring.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static const struct uuid here = { { [15] = 1 } }, policy = { { [15] = 2 } }, other_policy = { { [15] = 3 } };

static struct site *site_with_policy(void)
{
    struct site *s = site_new();
    const struct object p = { .environment = here, .type = STR("keyRotationPolicy"), .id = policy },
                        other = { .environment = here, .type = p.type, .id = other_policy };

    site_put_environment(s, here);
    site_put(s, &p, "{\"keyLength\":2048,\"signatureAlgorithm\":\"SHA256withRSA\"}", NULL);
    site_put(s, &other, "{\"keyLength\":2048,\"signatureAlgorithm\":\"SHA384withRSA\"}", NULL);
    site_name(s, &p, "default", "true");
    return s;
}

/* The octets of a key, made once. */
static struct str some_key(void)
{
    static char octets[8192];
    static size_t len;
    struct key *key;
    struct str der;

    if (!len) {
        assert_ok(key_generate(KEY_RS256, 2048, &key));
        assert_ok(key_to_der(test_arena(), key, &der));
        key_free(key);
        assert_true(der.len <= sizeof(octets));
        memcpy(octets, der.p, der.len);
        len = der.len;
    }
    return (struct str){ octets, len };
}

static void seal(const struct site *s, struct str der, struct object *o)
{
    struct str label;

    assert_ok(secretbox_label(test_arena(), here, o->type, o->id, "key", &label));
    assert_ok(secretbox_seal(test_arena(), &s->master_key, label, der, &o->secret));
}

/* A key of a policy that signs from some days ago; a negative number: in some days. */
static struct object key_since(const struct site *s, struct uuid of, double days_ago)
{
    struct object o = { .environment = here, .type = STR("signingKey"), .id = uuid_v7(), .parent = of };
    long long since = clock_now_ms() - (int64_t)(days_ago * (double)DAY_MS);

    o.document = str_from(text_of("{\"algorithm\":\"RS256\",\"signsFrom\":%lld}", since));
    seal(s, some_key(), &o);
    return o;
}

static const char *kid_of(const struct object *o)
{
    struct str text;

    assert_ok(uuid_text(test_arena(), o->id, &text));
    return str_z(test_arena(), text);
}

static void put(struct site *s, const struct object *o)
{
    site_put(s, o, str_z(test_arena(), o->document), str_z(test_arena(), o->secret));
}

/* Keep it, and tell its id. */
static const char *put_key(struct site *s, struct uuid of, double days_ago)
{
    struct object o = key_since(s, of, days_ago);

    put(s, &o);
    return kid_of(&o);
}

static struct object stored(struct site *s, const char *kid)
{
    struct object o;
    struct uuid id;

    assert_ok(uuid_parse(str_from(kid), &id));
    assert_ok(site_get(s, here, "signingKey", id, &o));
    return o;
}

static const struct signing_key *signer(struct site *s, struct uuid of)
{
    const struct signing_key *k;

    assert_ok(keyring_signer(s, test_arena(), here, of, &k));
    return k;
}

static size_t published(struct site *s)
{
    const struct keyring *r;

    assert_ok(keyring_get(s, test_arena(), here, &r));
    return r->keys_n;
}

TEST(keyring, makes_a_key_at_its_first_use_and_no_second)
{
    struct site *s = site_with_policy();
    struct str first;

    assert_int_equal(published(s), 0);
    first = signer(s, policy)->kid;
    assert_int_equal(published(s), 1);
    assert_str(signer(s, policy)->kid, str_z(test_arena(), first));
    assert_int_equal(published(s), 1);
}

TEST(keyring, makes_no_key_on_a_thread_that_may_not_wait)
{
    struct site *s = site_with_policy();
    const struct signing_key *k;

    wait_forbid();
    assert_err(keyring_signer(s, test_arena(), here, policy, &k), UNAVAILABLE);
    assert_true(wait_was_wanted());
    assert_int_equal(published(s), 0);
}

TEST(keyring, of_no_policy_signs_with_the_default_one)
{
    struct site *s = site_with_policy();
    const char *kid = put_key(s, policy, 1);

    (void)put_key(s, other_policy, 0.5);
    assert_str(signer(s, (struct uuid){ { 0 } })->kid, kid);
}

static enum err move_default(struct tx *tx, void *arg UNUSED)
{
    struct unique u = {
        .scope = here, .type = STR("keyRotationPolicy"), .attribute = STR("default"), .value = STR("true")
    };

    TRY(tx_unique_delete(tx, &u));
    TRY(tx_unique_put(tx, &u, here, other_policy, NULL));
    return tx_touch(tx, here);
}

TEST(keyring, follows_the_default_policy)
{
    struct site *s = site_with_policy();
    const char *kid;

    (void)put_key(s, policy, 1);
    kid = put_key(s, other_policy, 0.5);
    assert_string_not_equal(str_z(test_arena(), signer(s, (struct uuid){ { 0 } })->kid), kid);
    site_write(s, move_default, NULL);
    assert_str(signer(s, (struct uuid){ { 0 } })->kid, kid);
}

TEST(keyring, gives_each_policy_its_own_key)
{
    struct site *s = site_with_policy();
    const char *of_this = put_key(s, policy, 1), *of_other = put_key(s, other_policy, 2);

    assert_str(signer(s, policy)->kid, of_this);
    assert_str(signer(s, other_policy)->kid, of_other);
}

TEST(keyring, makes_keys_as_the_policy_says)
{
    struct site *s = site_with_policy();

    assert_int_equal(key_algorithm(signer(s, other_policy)->key), KEY_RS384);
}

TEST(keyring, knows_no_key_of_an_unknown_policy)
{
    struct site *s = site_with_policy();
    const struct signing_key *k;

    assert_err(keyring_signer(s, test_arena(), here, (struct uuid){ { [15] = 9 } }, &k), NOT_FOUND);
}

TEST(keyring, signs_with_the_newest_key_that_may)
{
    struct site *s = site_with_policy();
    const char *current;

    current = put_key(s, policy, 10);
    (void)put_key(s, policy, 50);
    (void)put_key(s, policy, -0.5);
    assert_str(signer(s, policy)->kid, current);
    assert_int_equal(published(s), 3);
}

TEST(keyring, publishes_the_next_key_a_day_before_it_signs)
{
    struct site *s = site_with_policy();
    const char *kid = put_key(s, policy, 89.01);
    const struct keyring *r;

    assert_str(signer(s, policy)->kid, kid);
    assert_ok(keyring_get(s, test_arena(), here, &r));
    assert_int_equal(r->keys_n, 2);
    assert_in_range(r->keys[1].signs_from_ms - clock_now_ms(), DAY_MS - 60 * 1000, DAY_MS);
    assert_str(signer(s, policy)->kid, kid); /* and makes it once */
    assert_int_equal(published(s), 2);
}

TEST(keyring, does_not_hurry_with_the_next_key)
{
    struct site *s = site_with_policy();

    (void)put_key(s, policy, 88.99);
    (void)signer(s, policy);
    assert_int_equal(published(s), 1);
}

TEST(keyring, keeps_a_replaced_key_for_as_long_as_tokens_may_live)
{
    struct site *s = site_with_policy();
    const char *kid = put_key(s, policy, 89.5);

    (void)signer(s, policy);
    assert_in_range(stored(s, kid).expires_at_ms - clock_now_ms(), 32 * DAY_MS - 60 * 1000, 32 * DAY_MS);
}

TEST(keyring, leaves_other_policies_alone_when_one_rotates)
{
    struct site *s = site_with_policy();
    const char *kid = put_key(s, other_policy, 10);

    (void)put_key(s, policy, 89.5);
    (void)signer(s, policy);
    assert_int_equal(stored(s, kid).expires_at_ms, 0);
}

static enum err insert_untold(struct tx *tx, void *arg)
{
    return tx_insert(tx, arg);
}

/* Another node made it a moment ago, and no notice of it has come yet. */
TEST(keyring, finds_a_key_that_the_cache_does_not_know)
{
    struct site *s = site_with_policy();
    struct object o = key_since(s, policy, 1);
    const struct signing_key *k;

    assert_int_equal(published(s), 0);
    site_write(s, insert_untold, &o);
    assert_int_equal(published(s), 0);
    assert_ok(keyring_find(s, test_arena(), here, str_from(kid_of(&o)), &k));
    assert_str(k->kid, kid_of(&o));
}

TEST(keyring, finds_nothing_by_an_id_that_is_none)
{
    static const char *const rows[] = { "", "no-uuid", "01a20b2b-19f6-7000-aa55-4c89616b39e5" };
    struct site *s = site_with_policy();
    const struct signing_key *k;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(keyring_find(s, test_arena(), here, str_from(rows[i]), &k), NOT_FOUND);
}

TEST(keyring, opens_no_key_that_was_sealed_for_another_place)
{
    struct site *s = site_with_policy();
    struct object o = key_since(s, policy, 1);
    const struct keyring *r;

    o.id = uuid_v7();
    put(s, &o);
    assert_err(keyring_get(s, test_arena(), here, &r), CORRUPT);
}

TEST(keyring, has_no_key_that_cannot_be_read)
{
    struct site *s = site_with_policy();
    struct object o = key_since(s, policy, 1);
    const struct keyring *r;

    seal(s, STR("no key"), &o);
    put(s, &o);
    assert_err(keyring_get(s, test_arena(), here, &r), CORRUPT);
}
