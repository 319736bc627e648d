/* SPDX-License-Identifier: Apache-2.0 */
/* Flows in the store, their cookie, and when a session is enough. */
#include "site.h"

#include "base/clock.h"
#include "flow/flow.h"

#define MINUTE_MS (INT64_C(60) * 1000)

static const struct uuid here = { { [15] = 1 } }, there = { { [15] = 2 } }, id = { { [15] = 3 } };

static enum err create_in(struct tx *tx, void *arg)
{
    return flow_create(tx, arg);
}

static struct flow begun(struct site *s)
{
    struct flow f = { .environment = here,
                      .id = id,
                      .status = FLOW_PASSWORD_EXPIRED,
                      .client = STR("client"),
                      .redirect_uri = STR("https://client.example/cb?a=\"1\""),
                      .state = STR(""),
                      .scope = STR("openid p1:read:user"),
                      .registered_redirect = true,
                      .signed_on_at_s = 7 };

    site_write(s, create_in, &f);
    return f;
}

static enum err read_at(struct site *s, struct uuid environment, struct flow *ret)
{
    struct tx *tx;
    enum err e;

    assert_ok(store_read_begin(s->store, test_arena(), &tx));
    e = flow_read(tx, test_arena(), environment, id, ret);
    tx_end(tx);
    return e;
}

static struct flow found(struct site *s)
{
    struct flow f;

    assert_ok(read_at(s, here, &f));
    return f;
}

TEST(flow, is_read_as_it_was_kept)
{
    struct site *s = site_new();
    struct flow made = begun(s), f = found(s);

    assert_int_equal(f.status, FLOW_PASSWORD_EXPIRED);
    assert_int_equal(f.created_at_ms, made.created_at_ms);
    assert_int_equal(f.signed_on_at_s, 7);
    assert_true(f.registered_redirect);
    assert_str(f.client, "client");
    assert_str(f.redirect_uri, "https://client.example/cb?a=\"1\"");
    assert_str(f.scope, "openid p1:read:user");
    assert_true(!str_is_none(f.state) && f.state.len == 0); /* it came, and empty */
    assert_true(str_is_none(f.nonce));
}

TEST(flow, is_of_its_environment)
{
    struct site *s = site_new();
    struct flow f;

    (void)begun(s);
    assert_err(read_at(s, there, &f), NOT_FOUND);
}

static enum err update_in(struct tx *tx, void *arg)
{
    return flow_update(tx, tx_arena(tx), arg);
}

static enum err expire_in(struct tx *tx, void *arg)
{
    struct object o = *(const struct object *)arg;

    o.document = STR("{}");
    return tx_update(tx, &o);
}

/* Let it end so many milliseconds from now. */
static void let_expire(struct site *s, int64_t in_ms)
{
    struct object o = found(s).object;

    o.expires_at_ms = clock_now_ms() + in_ms;
    site_write(s, expire_in, &o);
}

TEST(flow, ends_a_quarter_of_an_hour_after_its_begin)
{
    struct site *s = site_new();
    struct flow made = begun(s), f;

    assert_int_equal(made.expires_at_ms - made.created_at_ms, 15 * MINUTE_MS);
    assert_int_equal(found(s).object.expires_at_ms, made.expires_at_ms);
    let_expire(s, -1);
    assert_err(read_at(s, here, &f), NOT_FOUND);
}

TEST(flow, begins_its_time_anew_when_something_happens)
{
    struct site *s = site_new();
    struct flow f;

    (void)begun(s);
    let_expire(s, MINUTE_MS);
    f = found(s);
    site_write(s, update_in, &f);
    assert_in_range(found(s).expires_at_ms - clock_now_ms(), 14 * MINUTE_MS, 15 * MINUTE_MS);
}

TEST(flow, of_two_that_act_at_once_takes_the_first)
{
    struct site *s = site_new();
    struct flow first, second;

    (void)begun(s);
    first = second = found(s);
    first.status = FLOW_COMPLETED;
    site_write(s, update_in, &first);
    assert_err(store_write(s->store, update_in, &second), CONFLICT);
    assert_int_equal(found(s).status, FLOW_COMPLETED);
    site_write(s, update_in, &first); /* who acted goes on with it */
}

/* The cookie. */

static struct http_request request(const char *scheme, const char *cookies)
{
    struct http_header *h = ARENA_NEW(test_arena(), struct http_header);

    *h = (struct http_header){ STR("cookie"), str_from(cookies) };
    return (struct http_request){
        .arena = test_arena(), .scheme = str_from(scheme), .headers = h, .headers_n = 1
    };
}

TEST(flow_cookie, is_its_twin_where_it_does_not_come_itself)
{
    struct http_request rq = request("https", "a=b; ST=one; ST-NO-SS=two");

    assert_str(flow_session_cookie(&rq), "one");
    rq = request("https", "ST-NO-SS=two");
    assert_str(flow_session_cookie(&rq), "two");
}

TEST(flow_cookie, does_not_count_from_an_origin_that_nobody_vouches_for)
{
    struct http_request rq = request("https", "ST=one; ST-NO-SS=two");

    rq.hides_cookies = true;
    assert_true(str_is_none(flow_session_cookie(&rq)));
}

#define PATH "Path=/00000000-0000-0000-0000-000000000001; HttpOnly"

TEST(flow_cookie, over_tls_has_a_twin_for_browsers_without_same_site)
{
    struct http_request rq = request("https", "");
    struct http_response rs = { .status = 200 };

    assert_ok(flow_set_session_cookie(&rq, &rs, here, STR("v")));
    assert_int_equal(rs.headers_n, 2);
    assert_str(rs.headers[0].value, "ST-NO-SS=v; " PATH "; Secure");
    assert_str(rs.headers[1].value, "ST=v; " PATH "; Secure; SameSite=None");
}

TEST(flow_cookie, without_tls_is_not_secure_and_of_the_same_site)
{
    struct http_request rq = request("http", "");
    struct http_response rs = { .status = 200 };

    assert_ok(flow_set_session_cookie(&rq, &rs, here, STR("v")));
    assert_int_equal(rs.headers_n, 1);
    assert_str(rs.headers[0].value, "ST=v; " PATH "; SameSite=Lax");
}

TEST(flow_cookie, is_cleared_with_the_same_path)
{
    struct http_request rq = request("http", "");
    struct http_response rs = { .status = 200 };

    assert_ok(flow_set_session_cookie(&rq, &rs, here, STR_NONE));
    assert_str(rs.headers[0].value, "ST=; " PATH "; Max-Age=0; SameSite=Lax");
}

/* When a session is enough. */

TEST(sign_on_policy, without_a_condition_takes_any_session)
{
    struct sign_on_action login = { .type = STR("LOGIN") };
    const struct sign_on_policy empty = { .actions_n = 0 }, p = { .actions = &login, .actions_n = 1 };

    assert_true(policy_is_satisfied(&empty, 0, 1));
    assert_true(policy_is_satisfied(&p, 0, INT64_MAX / 2));
}

TEST(sign_on_policy, takes_a_session_as_old_as_its_condition_says)
{
    struct sign_on_action login = { .type = STR("LOGIN"), .condition = json_of("{\"greater\":60}") };
    const struct sign_on_policy p = { .actions = &login, .actions_n = 1 };

    assert_true(policy_is_satisfied(&p, 1000, 1000 + MINUTE_MS));
    assert_false(policy_is_satisfied(&p, 1000, 1001 + MINUTE_MS));
}

TEST(sign_on_policy, asks_again_when_one_of_its_actions_does)
{
    struct sign_on_action both[] = { { .type = STR("LOGIN") },
                                     { .type = STR("LOGIN"), .condition = json_of("{\"greater\":60}") } };
    const struct sign_on_policy p = { .actions = both, .actions_n = 2 };

    assert_true(policy_is_satisfied(&p, 0, MINUTE_MS));
    assert_false(policy_is_satisfied(&p, 0, 2 * MINUTE_MS));
}
