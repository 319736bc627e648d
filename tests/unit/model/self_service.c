/* SPDX-License-Identifier: Apache-2.0 */
/* What the scopes of a token open. */
#include "site.h"

#include "model/self_service.h"

static const struct uuid here = { { [15] = 1 } }, api = { { [15] = 2 } }, other = { { [15] = 3 } },
                         ada = { { [15] = 4 } };

static void put_scope(struct site *s, struct uuid resource, const char *name, const char *attributes)
{
    const struct object o = {
        .environment = here, .type = STR("scope"), .id = uuid_v7(), .parent = resource
    };

    site_put(s, &o,
             attributes ? text_of("{\"name\":\"%s\",\"schemaAttributes\":%s}", name, attributes)
                        : text_of("{\"name\":\"%s\"}", name),
             NULL);
}

/* The rights that a token of these scopes gives of a permission. */
static struct self_rights rights(const char *scope, const char *permission)
{
    struct site *s = site_new();
    const struct object a = { .environment = here, .type = STR("resource"), .id = api },
                        b = { .environment = here, .type = a.type, .id = other };
    struct http_request rq = { .arena = test_arena(), .app = s };
    struct actor actor = { .environment = here, .user = ada, .scope = scope ? str_from(scope) : STR_NONE };
    struct self_rights r = { 0 };

    site_put_environment(s, here);
    site_put(s, &a, "{\"name\":\"PingOne API\",\"type\":\"PINGONE_API\"}", NULL);
    site_put(s, &b, "{\"name\":\"orders\",\"type\":\"CUSTOM\"}", NULL);
    put_scope(s, api, "p1:read:user", NULL);
    put_scope(s, api, "p1:update:user", NULL);
    put_scope(s, api, "p1:update:userMfaEnabled", NULL);
    put_scope(s, api, "p1:read:user:all", "[\"*\"]");
    put_scope(s, api, "p1:read:user:none", "[]");
    put_scope(s, api, "p1:read:user:vague", NULL);
    put_scope(s, api, "p1:read:user:name", "[\"name\",\"address.locality\"]");
    put_scope(s, api, "p1:read:user:nick", "[\"nickname\"]");
    put_scope(s, other, "p1:delete:user", NULL);
    assert_ok(self_rights_add(&rq, &actor, str_from(permission), &r));
    return r;
}

TEST(self_service, opens_all_by_a_scope_without_a_list)
{
    struct self_rights r = rights("p1:read:user", "dir:read:user");

    assert_true(r.all && r.scopes_n);
}

TEST(self_service, opens_nothing_by_a_scope_for_something_else)
{
    static const char *const scopes[] = {
        "",          "openid profile", "p1:update:user",   "p1:update:userMfaEnabled", "dir:read:user",
        "read:user", "p1:read:use",    "p1:read:username", "p1:read:user:unknown"
    };

    for (size_t i = 0; i < LENGTH(scopes); i++)
        if (rights(scopes[i], "dir:read:user").scopes_n)
            fail_msg("%s opens something", scopes[i]);
}

TEST(self_service, opens_nothing_by_a_name_that_only_begins_alike)
{
    assert_int_equal(rights("p1:update:userMfaEnabled", "dir:update:user").scopes_n, 0);
    assert_int_equal(rights("p1:update:userMfaEnabled", "mfa:update:userMfaEnabled").scopes_n, 1);
}

TEST(self_service, opens_nothing_to_a_token_without_scopes)
{
    assert_int_equal(rights(NULL, "dir:read:user").scopes_n, 0);
}

TEST(self_service, opens_nothing_by_a_scope_of_another_resource)
{
    assert_int_equal(rights("p1:delete:user", "dir:delete:user").scopes_n, 0);
}

TEST(self_service, opens_nothing_more_by_a_scope_with_a_suffix_and_no_list)
{
    assert_false(rights("p1:read:user:vague", "dir:read:user").all);
    assert_false(rights("p1:read:user:none", "dir:read:user").all);
    assert_true(rights("p1:read:user:all", "dir:read:user").all);
}

TEST(self_service, covers_what_is_listed_and_what_lies_below)
{
    struct self_rights r = rights("p1:read:user:name p1:read:user:nick", "dir:read:user");
    static const char *const open[] = { "name", "name.given", "address.locality", "nickname" },
                             *const closed[] = { "nam",
                                                 "names",
                                                 "address",
                                                 "address.region",
                                                 "address.localit",
                                                 "address.locality2",
                                                 "nick",
                                                 "email" };

    for (size_t i = 0; i < LENGTH(open); i++)
        if (!self_rights_cover(&r, str_from(open[i])))
            fail_msg("%s is closed", open[i]);
    for (size_t i = 0; i < LENGTH(closed); i++)
        if (self_rights_cover(&r, str_from(closed[i])))
            fail_msg("%s is open", closed[i]);
}

TEST(self_service, reaches_what_has_something_open_below)
{
    struct self_rights r = rights("p1:read:user:name", "dir:read:user");

    assert_true(self_rights_reach(&r, STR("address")));
    assert_false(self_rights_reach(&r, STR("addres")));
    assert_false(self_rights_reach(&r, STR("name")));
    assert_false(self_rights_reach(&r, STR("address.locality")));
}
