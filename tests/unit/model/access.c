/* SPDX-License-Identifier: Apache-2.0 */
/* Where the roles that an actor holds permit something, and which roles it holds. */
#include "site.h"

#include "model/actor.h"

static const struct uuid nil, here = { { [15] = 1 } }, there = { { [15] = 2 } }, people = { { [15] = 3 } },
                              others = { { [15] = 4 } }, shop = { { [15] = 5 } }, ada = { { [15] = 6 } },
                              custom = { { [15] = 7 } };

struct held {
    const char *role;
    enum role_scope scope_type;
    struct uuid scope;
};

/* An actor of `here` with these roles. */
static struct actor holder(const struct site *s, const struct held *held, size_t n)
{
    struct assignment *items = ARENA_ARRAY(test_arena(), struct assignment, n + 1);

    for (size_t i = 0; i < n; i++) {
        items[i] = (struct assignment){ roles_named(s->roles, str_from(held[i].role)), held[i].scope_type,
                                        held[i].scope };
        assert_non_null(items[i].role);
    }
    return (struct actor){ .environment = here, .assignments = items, .assignments_n = n };
}

static struct http_request request(struct site *s)
{
    return (struct http_request){ .arena = test_arena(), .app = s };
}

/* Where the holder of one role may do something: "all", "none", or "P" and "A" for each part. */
static const char *reach(struct held held, const char *permission, struct uuid environment)
{
    struct site *s = site_new();
    struct http_request rq = request(s);
    struct actor a = holder(s, &held, 1);
    struct access access;
    enum err e = actor_require(&rq, &a, str_from(permission), environment, &access);

    if (e == FAILED) {
        assert_int_equal(rq.problem.status, 403);
        return "none";
    }
    assert_ok(e);
    if (access.all)
        return "all";
    return text_of("%.*s%.*s", (int)access.populations_n, "PP", (int)access.applications_n, "AA");
}

static const struct held admin_here = { "Identity Data Admin", SCOPE_ENVIRONMENT, { { [15] = 1 } } },
                         admin_of_people = { "Identity Data Admin", SCOPE_POPULATION, { { [15] = 3 } } },
                         owner_of_shop = { "Application Owner", SCOPE_APPLICATION, { { [15] = 5 } } },
                         organization = { "Environment Admin", SCOPE_ORGANIZATION, { { [15] = 9 } } };

TEST(access, of_an_environment_is_all_of_it_and_nothing_elsewhere)
{
    assert_string_equal(reach(admin_here, "dir:read:user", here), "all");
    assert_string_equal(reach(admin_here, "dir:read:user", there), "none");
}

TEST(access, of_the_organization_is_everywhere)
{
    assert_string_equal(reach(organization, "applications:read:application", here), "all");
    assert_string_equal(reach(organization, "applications:read:application", there), "all");
    assert_string_equal(reach(organization, "orgmgt:read:organization", nil), "all");
}

TEST(access, is_not_given_by_a_role_without_the_permission)
{
    assert_string_equal(reach(admin_here, "orgmgt:create:environment", here), "none");
    assert_string_equal(reach(organization, "dir:read:user", here), "none");
    assert_string_equal(reach(admin_here, "no:such:permission", here), "none");
}

TEST(access, to_anything_is_given_by_any_role)
{
    assert_string_equal(reach(admin_here, "*", here), "all");
    assert_string_equal(reach(admin_here, "*", there), "none");
}

TEST(access, of_a_population_or_an_application_is_that_alone)
{
    assert_string_equal(reach(admin_of_people, "dir:read:user", here), "P");
    assert_string_equal(reach(owner_of_shop, "applications:read:application", here), "A");
}

/* Their ids say nothing in an environment that is not the holder's. */
TEST(access, of_a_population_or_an_application_ends_at_the_environment)
{
    assert_string_equal(reach(admin_of_people, "dir:read:user", there), "none");
    assert_string_equal(reach(owner_of_shop, "applications:read:application", there), "none");
    assert_string_equal(reach(admin_of_people, "orgmgt:read:environment", there), "none");
}

TEST(access, of_a_part_shows_what_is_around_it)
{
    assert_string_equal(reach(admin_of_people, "orgmgt:read:environment", here), "all");
    assert_string_equal(reach(owner_of_shop, "licensing:read:license", nil), "all");
    assert_string_equal(reach(owner_of_shop, "applications:update:application", here), "A");
}

TEST(access, of_several_roles_adds_up)
{
    struct site *s = site_new();
    const struct held roles[] = { admin_of_people,
                                  { "Identity Data Read Only", SCOPE_POPULATION, others },
                                  { "Application Owner", SCOPE_APPLICATION, shop } };
    struct actor a = holder(s, roles, LENGTH(roles));
    struct http_request rq = request(s);
    struct access access;

    assert_ok(actor_require(&rq, &a, STR("dir:read:user"), here, &access));
    assert_false(access.all);
    assert_int_equal(access.populations_n, 2);
    assert_int_equal(access.applications_n, 0);
    assert_ok(actor_require(&rq, &a, STR("dir:update:user"), here, &access));
    assert_int_equal(access.populations_n, 1);
    assert_true(uuid_eq(access.populations[0], people));
}

TEST(access, to_environments_names_those_of_the_roles)
{
    struct site *s = site_new();
    const struct held roles[] = { { "Configuration Read Only", SCOPE_ENVIRONMENT, there },
                                  { "Identity Data Admin", SCOPE_POPULATION, people } };
    struct actor a = holder(s, roles, LENGTH(roles));
    struct http_request rq = request(s);
    struct uuid *list;
    size_t n;
    bool all;

    assert_ok(actor_environments(&rq, &a, STR("orgmgt:read:environment"), &all, &list, &n));
    assert_false(all);
    assert_int_equal(n, 2);
    assert_true(uuid_eq(list[0], there) && uuid_eq(list[1], here));
    assert_ok(actor_environments(&rq, &a, STR("applications:read:application"), &all, &list, &n));
    assert_int_equal(n, 1);
    assert_ok(actor_environments(&rq, &a, STR("dir:read:user"), &all, &list, &n));
    assert_int_equal(n, 0); /* a part of one is not all of it */
    a = holder(s, &organization, 1);
    assert_ok(actor_environments(&rq, &a, STR("orgmgt:read:environment"), &all, &list, &n));
    assert_true(all);
}

/* What an actor holds, as it is stored. */

static void put_assignment(struct site *s, const char *document)
{
    const struct object o = {
        .environment = here, .type = STR("userRoleAssignment"), .id = uuid_v7(), .parent = ada
    };

    site_put(s, &o, document, NULL);
}

/* Give ada a role in her environment. */
static void assign(struct site *s, const char *role)
{
    put_assignment(s, text_of("{\"role\":{\"id\":\"%s\"},\"scope\":{\"id\":"
                              "\"00000000-0000-0000-0000-000000000001\",\"type\":\"ENVIRONMENT\"}}",
                              role));
}

static const struct actor *loaded(struct site *s)
{
    const struct actor *a;

    assert_ok(actor_load(s, test_arena(), here, shop, ada, &a));
    assert_true(uuid_eq(a->environment, here) && uuid_eq(a->user, ada));
    return a;
}

#define CUSTOM "00000000-0000-0000-0000-000000000007"

TEST(actor, holds_what_is_assigned_now)
{
    struct site *s = site_new();
    char id[UUID_TEXT_LENGTH + 1];

    uuid_format(roles_named(s->roles, STR("Identity Data Admin"))->id, id);
    site_put_environment(s, here);
    assert_int_equal(loaded(s)->assignments_n, 0);
    assign(s, id);
    assert_int_equal(loaded(s)->assignments_n, 1);
    assert_int_equal(loaded(s)->assignments[0].scope_type, SCOPE_ENVIRONMENT);
    assert_true(uuid_eq(loaded(s)->assignments[0].scope, here));
}

TEST(actor, holds_no_role_that_is_not_there)
{
    struct site *s = site_new();

    site_put_environment(s, here);
    assign(s, CUSTOM);
    assign(s, "no-uuid");
    put_assignment(s, "{}");
    assert_int_equal(loaded(s)->assignments_n, 0);
}

TEST(actor, holds_a_custom_role_as_it_is_now)
{
    struct site *s = site_new();
    const struct object o = { .environment = here, .type = STR("customRole"), .id = custom };
    struct http_request rq = request(s);
    struct access access;

    site_put_environment(s, here);
    assign(s, CUSTOM);
    site_put(s, &o, "{\"permissions\":[{\"id\":\"dir:read:user\"},{\"id\":\"no:such:thing\"}]}", NULL);
    assert_ok(actor_require(&rq, loaded(s), STR("dir:read:user"), here, &access));
    assert_err(actor_require(&rq, loaded(s), STR("dir:update:user"), here, &access), FAILED);
    site_put(s, &o, "{\"permissions\":[{\"id\":\"dir:update:user\"}]}", NULL);
    assert_ok(actor_require(&rq, loaded(s), STR("dir:update:user"), here, &access));
    assert_err(actor_require(&rq, loaded(s), STR("dir:read:user"), here, &access), FAILED);
}

TEST(actor, holds_no_custom_role_of_another_environment)
{
    struct site *s = site_new();
    const struct object o = { .environment = there, .type = STR("customRole"), .id = custom };

    site_put_environment(s, here);
    site_put(s, &o, "{\"permissions\":[{\"id\":\"dir:read:user\"}]}", NULL);
    assign(s, CUSTOM);
    assert_int_equal(loaded(s)->assignments_n, 0);
}
