/* SPDX-License-Identifier: Apache-2.0 */
/* Who may give which role where: of the built-in roles, and of one of an environment's own. */
#include "test.h"

#include "model/actor.h"

static const struct uuid here = { { [15] = 1 } }, there = { { [15] = 2 } }, people = { { [15] = 3 } },
                         others = { { [15] = 4 } }, shop = { { [15] = 5 } };

static struct roles *roles;

static const struct role *role(const char *name)
{
    const struct role *found;

    if (!roles)
        assert_ok(roles_load(&roles));
    found = roles_named(roles, str_from(name));
    assert_non_null(found);
    return found;
}

/* Whether who holds one role may give another; `environment` is where the second scope lies. */
static bool may(const struct assignment *held, const struct assignment *given, struct uuid environment)
{
    const struct actor a = { .environment = here, .assignments = held, .assignments_n = 1 };

    return actor_may_assign(&a, given, environment);
}

TEST(actor, gives_a_role_where_it_holds_it_and_nowhere_else)
{
    const struct assignment held = { role("Identity Data Admin"), SCOPE_ENVIRONMENT, here };

    assert_true(may(&held, &held, here));
    assert_false(may(&held, &(struct assignment){ held.role, SCOPE_ENVIRONMENT, there }, there));
    assert_false(may(&held, &(struct assignment){ held.role, SCOPE_ORGANIZATION, here }, here));
}

TEST(actor, of_an_environment_gives_within_it)
{
    const struct assignment held = { role("Identity Data Admin"), SCOPE_ENVIRONMENT, here },
                            given = { held.role, SCOPE_POPULATION, people };

    assert_true(may(&held, &given, here));
    assert_false(may(&held, &given, there));
}

TEST(actor, of_a_population_gives_neither_the_environment_nor_another_population)
{
    const struct assignment held = { role("Identity Data Admin"), SCOPE_POPULATION, people };

    assert_true(may(&held, &held, here));
    assert_false(may(&held, &(struct assignment){ held.role, SCOPE_POPULATION, others }, here));
    assert_false(may(&held, &(struct assignment){ held.role, SCOPE_APPLICATION, people }, here));
    assert_false(may(&held, &(struct assignment){ held.role, SCOPE_ENVIRONMENT, here }, here));
}

TEST(actor, of_the_organization_gives_everywhere)
{
    const struct assignment held = { role("Environment Admin"), SCOPE_ORGANIZATION, here };

    assert_true(may(&held, &(struct assignment){ held.role, SCOPE_ENVIRONMENT, there }, there));
    assert_true(may(&held, &(struct assignment){ held.role, SCOPE_APPLICATION, shop }, there));
}

TEST(actor, gives_another_role_only_when_its_own_may)
{
    const struct assignment data = { role("Identity Data Admin"), SCOPE_ENVIRONMENT, here },
                            reader = { role("Identity Data Read Only"), SCOPE_ENVIRONMENT, here },
                            environment = { role("Environment Admin"), SCOPE_ENVIRONMENT, here };

    assert_true(may(&data, &reader, here));
    assert_false(may(&reader, &data, here));
    assert_false(may(&data, &environment, here));
}

/* A custom role of some permissions, that holders of a built-in one may give. */
static const struct role *custom(const char *permission, const struct role *by)
{
    static const struct uuid id = { { [15] = 9 } };
    struct role *made = arena_alloc(test_arena(), sizeof(*made));
    int n = roles_permission(roles, str_from(permission));

    assert_true(n >= 0);
    *made = (struct role){ .id = id, .custom = true, .assigned_by = &by->id, .assigned_by_n = 1 };
    made->bits[n / 64] |= UINT64_C(1) << n % 64;
    return made;
}

TEST(actor, gives_a_custom_role_of_what_it_holds_itself)
{
    const struct assignment held = { role("Identity Data Admin"), SCOPE_ENVIRONMENT, here },
                            given = { custom("dir:read:user", held.role), SCOPE_ENVIRONMENT, here };

    assert_true(may(&held, &given, here));
}

TEST(actor, gives_no_custom_role_that_permits_more)
{
    const struct assignment held = { role("Identity Data Admin"), SCOPE_ENVIRONMENT, here },
                            given = { custom("orgmgt:delete:environment", held.role), SCOPE_ENVIRONMENT,
                                      here };

    assert_false(may(&held, &given, here));
}

TEST(actor, gives_no_custom_role_that_others_give)
{
    const struct assignment held = { role("Identity Data Admin"), SCOPE_ENVIRONMENT, here },
                            given = { custom("dir:read:user", role("Environment Admin")), SCOPE_ENVIRONMENT,
                                      here };

    assert_false(may(&held, &given, here));
}

/* What it may give is one assignment's, what it holds that of all together. */
TEST(actor, holds_what_its_roles_permit_together)
{
    const struct assignment held[] = { { role("Identity Data Admin"), SCOPE_ENVIRONMENT, here },
                                       { role("Environment Admin"), SCOPE_ENVIRONMENT, here } },
                            elsewhere[] = { held[0], { held[1].role, SCOPE_ENVIRONMENT, there } };
    const struct role *wanted = custom("orgmgt:update:environment", held[0].role);
    const struct assignment at = { wanted, SCOPE_ENVIRONMENT, here };

    assert_true(
        actor_holds(&(struct actor){ .assignments = held, .assignments_n = 2 }, wanted->bits, &at, here));
    assert_false(
        actor_holds(&(struct actor){ .assignments = held, .assignments_n = 1 }, wanted->bits, &at, here));
    assert_false(actor_holds(&(struct actor){ .assignments = elsewhere, .assignments_n = 2 }, wanted->bits,
                             &at, here));
    roles_free(roles);
    roles = NULL;
}
