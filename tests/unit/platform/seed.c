/* SPDX-License-Identifier: Apache-2.0 */
/* The first objects of an installation, and finding them again. */
#include "site.h"

#include "model/actor.h"
#include "model/user.h"
#include "platform/platform.h"

static void free_registry(void *arg)
{
    registry_free(arg);
}

static struct site *empty_site(void)
{
    struct site *s = site_new();
    struct schema_fault fault = { "" };
    struct registry *r;

    if (registry_new(platform_hooks, &fault, &r) != OK)
        fail_msg("%s", fault.message);
    assert_ok(arena_defer(test_arena(), free_registry, r));
    s->registry = r;
    return s;
}

static struct seeds fixed(void)
{
    return (struct seeds){ .organization = { { [15] = 1 } },
                           .license = { { [15] = 2 } },
                           .environment = { { [15] = 3 } },
                           .client = { { [15] = 4 } },
                           .client_secret = STR("a-secret-of-the-client"),
                           .admin_username = STR("root"),
                           .admin_password = STR("a-password-of-the-admin") };
}

static struct seeded seed(struct site *s, const struct seeds *seeds)
{
    struct seeded ret;

    assert_ok(platform_seed(s, test_arena(), seeds, &ret));
    return ret;
}

static struct seeded again(struct site *s)
{
    struct seeded ret;

    assert_ok(platform_read(s, test_arena(), &ret));
    return ret;
}

TEST(seed, is_not_found_in_an_empty_store)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed();
    struct seeded ret;

    assert_err(platform_read(s, test_arena(), &ret), NOT_FOUND);
    assert_err(platform_recover(s, test_arena(), &seeds, &ret), NOT_FOUND);
}

TEST(seed, is_what_a_fixture_fixes)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed();
    struct seeded made = seed(s, &seeds);

    assert_true(uuid_eq(made.organization, seeds.organization) && uuid_eq(made.license, seeds.license) &&
                uuid_eq(made.environment, seeds.environment) && uuid_eq(made.client, seeds.client));
    assert_str(made.client_secret, "a-secret-of-the-client");
    assert_str(made.admin_username, "root");
}

TEST(seed, has_any_name_for_its_administrator)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed();
    struct user u;
    struct tx *tx;

    seeds.admin_username = STR("ro\"ot\\");
    (void)seed(s, &seeds);
    assert_ok(store_read_begin(s->store, test_arena(), &tx));
    assert_ok(user_find(tx, test_arena(), seeds.environment, seeds.admin_username, &u));
    tx_end(tx);
}

TEST(seed, is_drawn_where_nothing_is_fixed)
{
    struct seeds none = { 0 };
    struct seeded one = seed(empty_site(), &none), other = seed(empty_site(), &none);

    assert_false(uuid_eq(one.environment, other.environment));
    assert_false(uuid_eq(one.client, other.client));
    assert_true(one.client_secret.len >= 43 && !str_eq(one.client_secret, other.client_secret));
    assert_true(one.admin_password.len >= 12 && !str_eq(one.admin_password, other.admin_password));
}

TEST(seed, is_found_again_and_made_once)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed(), others = { 0 };
    struct seeded found;

    (void)seed(s, &seeds);
    found = seed(s, &others);
    assert_true(uuid_eq(found.environment, seeds.environment) && uuid_eq(found.client, seeds.client));
    assert_str(found.client_secret, "a-secret-of-the-client");
    assert_str(found.admin_password, "a-password-of-the-admin");
    assert_false(found.production);
}

TEST(seed, in_production_shows_its_secrets_once)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed();
    struct seeded made, found;

    seeds.production = true;
    made = seed(s, &seeds);
    assert_str(made.admin_password, "a-password-of-the-admin");
    assert_str(made.client_secret, "a-secret-of-the-client");
    found = again(s);
    assert_true(found.production && uuid_eq(found.client, seeds.client));
    assert_int_equal(found.admin_password.len, 0);
}

TEST(seed, opens_with_no_other_master_key)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed(), rescue = { .admin_username = STR("rescue") };
    struct seeded ret;

    (void)seed(s, &seeds);
    s->master_key = master_key_generate();
    assert_err(platform_read(s, test_arena(), &ret), CORRUPT);
    assert_err(platform_seed(s, test_arena(), &seeds, &ret), CORRUPT);
    assert_err(platform_recover(s, test_arena(), &rescue, &ret), CORRUPT);
}

static struct access reach(struct site *s, struct uuid client, struct uuid user, const char *permission)
{
    struct http_request rq = { .arena = test_arena(), .app = s };
    const struct actor *a;
    struct access access;

    assert_ok(actor_load(s, test_arena(), again(s).environment, client, user, &a));
    assert_ok(actor_require(&rq, a, str_from(permission), (struct uuid){ { [15] = 99 } }, &access));
    return access;
}

static const struct uuid nobody;

/* Environments that are made later are theirs too. */
TEST(seed, gives_the_worker_and_the_administrator_every_environment)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed();
    struct user admin;
    struct tx *tx;

    (void)seed(s, &seeds);
    assert_true(reach(s, seeds.client, nobody, "orgmgt:create:environment").all);
    assert_true(reach(s, seeds.client, nobody, "applications:create:application").all);
    assert_ok(store_read_begin(s->store, test_arena(), &tx));
    assert_ok(user_find(tx, test_arena(), seeds.environment, STR("root"), &admin));
    tx_end(tx);
    assert_true(reach(s, nobody, admin.id, "orgmgt:create:environment").all);
}

TEST(seed, lets_an_administrator_in_again_beside_those_there_are)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed(), rescue = { .admin_username = STR("rescue"), .production = true };
    struct seeded made;
    struct user u;
    struct tx *tx;

    seeds.production = true;
    (void)seed(s, &seeds);
    assert_ok(platform_recover(s, test_arena(), &rescue, &made));
    assert_false(uuid_eq(made.client, seeds.client));
    assert_true(made.client_secret.len && made.admin_password.len);
    assert_true(reach(s, made.client, nobody, "orgmgt:create:environment").all);
    assert_true(reach(s, seeds.client, nobody, "orgmgt:create:environment").all);
    assert_ok(store_read_begin(s->store, test_arena(), &tx));
    assert_ok(user_find(tx, test_arena(), seeds.environment, STR("root"), &u));
    assert_ok(user_find(tx, test_arena(), seeds.environment, STR("rescue"), &u));
    tx_end(tx);
    assert_true(uuid_eq(again(s).client, seeds.client));
}

TEST(seed, lets_nobody_in_by_a_name_that_is_taken)
{
    struct site *s = empty_site();
    struct seeds seeds = fixed(), rescue = { .admin_username = STR("ROOT") };
    struct seeded ret;

    (void)seed(s, &seeds);
    assert_err(platform_recover(s, test_arena(), &rescue, &ret), FAILED);
}
