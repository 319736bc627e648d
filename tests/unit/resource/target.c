/* SPDX-License-Identifier: Apache-2.0 */
/* Who is oneself: what the API cannot show, since no two users that it makes have one id. */
#include "site.h"

#include "base/clock.h"
#include "model/access_token.h"
#include "platform/platform.h"
#include "resource/target.h"

#define HERE  "00000000-0000-0000-0000-000000000001"
#define THERE "00000000-0000-0000-0000-000000000002"
#define ADA   "00000000-0000-0000-0000-000000000003"
#define BOB   "00000000-0000-0000-0000-000000000004"

static const struct uuid here = { { [15] = 1 } }, there = { { [15] = 2 } }, ada = { { [15] = 3 } },
                         client = { { [15] = 5 } };

static void free_registry(void *arg)
{
    registry_free(arg);
}

/* Two environments, each with a user of the same id, and one with all that a token of hers needs. */
static struct site *site_with_twins(void)
{
    const struct object policy = { .environment = here, .type = STR("keyRotationPolicy"), .id = { { 6 } } },
                        app = { .environment = here, .type = STR("application"), .id = client },
                        api = { .environment = here, .type = STR("resource"), .id = { { 7 } } },
                        scope = {
                            .environment = here, .type = STR("scope"), .id = { { 8 } }, .parent = api.id
                        };
    struct object user = { .environment = here, .type = STR("user"), .id = ada };
    struct site *s = site_new();
    struct schema_fault fault = { "" };
    struct registry *r;

    assert_ok(registry_new(platform_hooks, &fault, &r));
    assert_ok(arena_defer(test_arena(), free_registry, r));
    s->registry = r;
    site_put_environment(s, here);
    site_put_environment(s, there);
    site_put(s, &policy, "{}", NULL);
    site_name(s, &policy, "default", "true");
    site_put(s, &app, "{\"enabled\":true}", NULL);
    site_put(s, &api, "{\"name\":\"PingOne API\",\"type\":\"PINGONE_API\"}", NULL);
    site_put(s, &scope, "{\"name\":\"p1:read:user\"}", NULL);
    site_put(s, &user, "{\"enabled\":true,\"population\":{\"id\":\"" BOB "\"}}", NULL);
    user.environment = there;
    site_put(s, &user, "{\"enabled\":true,\"population\":{\"id\":\"" BOB "\"}}", NULL);
    return s;
}

/* A request with ada's token, or (without a user) the client's own. */
static struct http_request request(struct site *s, struct uuid user, const char *environment, const char *id)
{
    struct access_token t = { .environment = here,
                              .client = client,
                              .user = user,
                              .issuer = STR("https://localhost/as"),
                              .scope = STR("p1:read:user"),
                              .jti = STR("j"),
                              .audiences = { s->api_audience },
                              .audiences_n = 1,
                              .for_api = true,
                              .expires_at_s = clock_now_ms() / 1000 + 60 };
    struct http_header *h = ARENA_NEW(test_arena(), struct http_header);
    const struct application *app;
    struct str token;

    assert_ok(application_get(s, test_arena(), here, client, &app));
    assert_ok(access_token_sign(s, test_arena(), app, &t, &token));
    h->name = STR("authorization");
    assert_ok(str_printf(test_arena(), &h->value, "Bearer %.*s", STR_FMT(token)));
    return (struct http_request){ .arena = test_arena(),
                                  .app = s,
                                  .headers = h,
                                  .headers_n = 1,
                                  .params = { str_from(environment), str_from(id) } };
}

/* Whether the path's user may be read. */
static bool reads(struct uuid user, const char *environment, const char *id)
{
    struct site *s = site_with_twins();
    struct http_request rq = request(s, user, environment, id);
    struct target t;
    enum err e = target_resolve(&rq, registry_find(s->registry, STR("user")), OPERATION_READ, &t);

    if (e == FAILED)
        assert_int_equal(rq.problem.status, 403);
    else
        assert_ok(e);
    return e == OK;
}

TEST(target, is_oneself_by_id_and_environment)
{
    assert_true(reads(ada, HERE, ADA));
    assert_false(reads(ada, HERE, BOB));
    assert_false(reads(ada, THERE, ADA));
}

TEST(target, is_never_a_client_itself)
{
    const struct uuid nobody = { { 0 } };

    assert_false(reads(nobody, HERE, ADA));
    assert_false(reads(nobody, HERE, "00000000-0000-0000-0000-000000000000"));
}
