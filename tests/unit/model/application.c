/* SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "model/application.h"

static const struct uuid here = { { [15] = 1 } }, there = { { [15] = 2 } }, shop = { { [15] = 3 } },
                         other = { { [15] = 4 } };

#define SHOP "00000000-0000-0000-0000-000000000003"

/* As an application's rows say it: its client id is unique in all environments. */
static enum err name_shop(struct tx *tx, void *environment)
{
    const struct unique u = { .type = STR("application"), .attribute = STR("clientId"), .value = STR(SHOP) };

    return tx_unique_put(tx, &u, *(const struct uuid *)environment, shop, NULL);
}

/* Behind the cache's back. */
static enum err forget_shop(struct tx *tx, void *arg UNUSED)
{
    const struct unique u = { .type = STR("application"), .attribute = STR("clientId"), .value = STR(SHOP) };

    return tx_unique_delete(tx, &u);
}

static struct uuid environment_of(struct site *s, const char *client_id)
{
    struct uuid found;

    assert_ok(application_environment(s, test_arena(), str_from(client_id), &found));
    return found;
}

TEST(application, environment_is_found_by_the_client_id_and_remembered)
{
    struct site *s = site_new();
    struct uuid environment = there;

    site_write(s, name_shop, &environment);
    assert_memory_equal(environment_of(s, SHOP).b, there.b, sizeof(there.b));
    site_write(s, forget_shop, NULL);
    assert_memory_equal(environment_of(s, SHOP).b, there.b, sizeof(there.b));
}

TEST(application, environment_is_looked_for_again_when_it_was_not_there)
{
    struct site *s = site_new();
    struct uuid environment = here, found;

    assert_err(application_environment(s, test_arena(), STR(SHOP), &found), NOT_FOUND);
    site_write(s, name_shop, &environment);
    assert_memory_equal(environment_of(s, SHOP).b, here.b, sizeof(here.b));
}

TEST(application, environment_of_no_client_id_is_not_found)
{
    struct site *s = site_new();
    struct uuid environment = here, found;
    struct str text;

    site_write(s, name_shop, &environment);
    assert_ok(uuid_text(test_arena(), other, &text));
    assert_err(application_environment(s, test_arena(), text, &found), NOT_FOUND);
    assert_err(application_environment(s, test_arena(), STR("shop"), &found), NOT_FOUND);
}
