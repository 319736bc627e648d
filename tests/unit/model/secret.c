/* SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "model/secret.h"

static const struct uuid here = { { [15] = 1 } }, id = { { [15] = 2 } };

static struct object client(void)
{
    return (struct object){ .environment = here, .type = STR("application"), .id = id };
}

/* Give it a new secret; the one before stays until then. */
static void rotate(struct site *s, struct object *o, int64_t previous_expires_at_ms)
{
    struct str part;

    assert_ok(client_secret_make(s, test_arena(), o, previous_expires_at_ms, &part));
    o->secret = part;
}

static struct client_secret opened(struct site *s, const struct object *o)
{
    struct client_secret ret;

    assert_ok(client_secret_open(s, test_arena(), o, &ret));
    return ret;
}

TEST(secret, at_first_has_none_before_it)
{
    struct site *s = site_new();
    struct object o = client();

    rotate(s, &o, 1000);
    assert_int_equal(opened(s, &o).value.len, 64);
    assert_true(str_is_none(opened(s, &o).previous));
}

TEST(secret, that_is_replaced_stays_beside_the_new_one)
{
    struct site *s = site_new();
    struct object o = client();
    struct client_secret first, second;

    rotate(s, &o, 0);
    first = opened(s, &o);
    rotate(s, &o, 1000);
    second = opened(s, &o);
    assert_str(second.previous, str_z(test_arena(), first.value));
    assert_int_equal(second.previous_expires_at_ms, 1000);
    assert_false(str_eq(second.value, first.value));
}

TEST(secret, that_is_replaced_at_once_is_gone)
{
    struct site *s = site_new();
    struct object o = client();

    rotate(s, &o, 0);
    rotate(s, &o, 0);
    assert_true(str_is_none(opened(s, &o).previous));
}

TEST(secret, is_followed_by_one_at_a_time)
{
    struct site *s = site_new();
    struct object o = client();
    struct client_secret second;

    rotate(s, &o, 0);
    rotate(s, &o, 1000);
    second = opened(s, &o);
    rotate(s, &o, 2000);
    assert_str(opened(s, &o).previous, str_z(test_arena(), second.value));
}

TEST(secret, that_was_replaced_can_be_forgotten)
{
    struct site *s = site_new();
    struct object o = client();
    struct str value, part;

    rotate(s, &o, 0);
    rotate(s, &o, 1000);
    value = opened(s, &o).value;
    assert_ok(client_secret_forget_previous(test_arena(), &o, &part));
    o.secret = part;
    assert_true(str_is_none(opened(s, &o).previous));
    assert_str(opened(s, &o).value, str_z(test_arena(), value));
}

TEST(secret, is_not_found_where_there_is_none)
{
    struct site *s = site_new();
    struct object o = client();
    struct client_secret secret;
    struct str part;

    assert_err(client_secret_open(s, test_arena(), &o, &secret), NOT_FOUND);
    assert_err(client_secret_forget_previous(test_arena(), &o, &part), NOT_FOUND);
    o.secret = STR("{}");
    assert_err(client_secret_open(s, test_arena(), &o, &secret), NOT_FOUND);
}

/* Whoever can write to the database cannot give one client's secret to another. */
TEST(secret, opens_nowhere_but_where_it_was_sealed)
{
    struct site *s = site_new();
    struct object o = client(), other;
    struct client_secret secret;

    rotate(s, &o, 0);
    other = o;
    other.id.b[0] = 1;
    assert_err(client_secret_open(s, test_arena(), &other, &secret), CORRUPT);
    other = o;
    other.environment.b[0] = 1;
    assert_err(client_secret_open(s, test_arena(), &other, &secret), CORRUPT);
    other = o;
    other.type = STR("resource");
    assert_err(client_secret_open(s, test_arena(), &other, &secret), CORRUPT);
    s->master_key = master_key_generate();
    assert_err(client_secret_open(s, test_arena(), &o, &secret), CORRUPT);
}

TEST(secret, is_known_by_its_hash_until_it_expires)
{
    struct site *s = site_new();
    struct secret_hash h = secret_hash_of(s, STR("secret"));

    assert_true(secret_hash_matches(s, &h, STR("secret"), INT64_MAX));
    assert_false(secret_hash_matches(s, &h, STR("secreT"), 0));
    h.expires_at_ms = 1000;
    assert_true(secret_hash_matches(s, &h, STR("secret"), 999));
    assert_false(secret_hash_matches(s, &h, STR("secret"), 1000));
}

TEST(secret, that_is_not_there_is_matched_by_nothing)
{
    struct site *s = site_new();
    struct secret_hash h = secret_hash_of(s, STR(""));

    h.present = false;
    assert_false(secret_hash_matches(s, &h, STR(""), 0));
}

TEST(secret, hashes_differ_between_processes)
{
    struct site *s = site_new();
    struct secret_hash h = secret_hash_of(s, STR("secret"));

    s->secret_salt.b[0] ^= 1;
    assert_false(secret_hash_matches(s, &h, STR("secret"), 0));
}
