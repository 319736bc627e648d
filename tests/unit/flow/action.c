/* SPDX-License-Identifier: Apache-2.0 */
/* From status to status: what may be done when, and what becomes of the flow. */
#include "site.h"

#include "base/clock.h"
#include "crypto/password.h"
#include "flow/action.h"
#include "model/session.h"

static const struct uuid here = { { [15] = 1 } }, ada = { { [15] = 3 } }, bob = { { [15] = 4 } };

#define ADA "00000000-0000-0000-0000-000000000003"

/* A flow, and the request that acts on it. */
struct stage {
    struct site *site;
    struct http_header cookie;
    struct http_request rq;
    struct http_response rs;
    struct flow flow;
};

static enum err create_in(struct tx *tx, void *arg)
{
    return flow_create(tx, arg);
}

static void put_user(struct site *s, struct uuid id, const char *name, bool enabled, const char *part)
{
    const struct object o = { .environment = here, .type = STR("user"), .id = id };
    struct str hash;

    assert_ok(crypto_init());
    assert_ok(password_hash(test_arena(), STR("right"), &hash));
    site_put(s, &o,
             text_of("{\"username\":\"%s\",\"enabled\":%s,\"population\":{\"id\":"
                     "\"00000000-0000-0000-0000-000000000009\"}}",
                     name, enabled ? "true" : "false"),
             text_of("{\"hash\":\"%.*s\",\"changedAt\":%s}", STR_FMT(hash), part));
    site_name(s, &o, "username", name);
}

/* As it is in the store, which is what the next request sees. */
static struct flow kept(struct stage *t)
{
    struct flow f;
    struct tx *tx;

    assert_ok(store_read_begin(t->site->store, test_arena(), &tx));
    assert_ok(flow_read(tx, test_arena(), here, t->flow.id, &f));
    tx_end(tx);
    return f;
}

/* `part`: when the password was changed, and more of its secret part. */
static struct stage *stage_with(enum flow_status status, bool enabled, const char *part)
{
    struct stage *t = ARENA_NEW(test_arena(), struct stage);
    const struct object policy = { .environment = here,
                                   .type = STR("passwordPolicy"),
                                   .id = { { [15] = 8 } } };

    t->site = site_new();
    site_put_environment(t->site, here);
    site_put(t->site, &policy, "{\"maxAgeDays\":30}", NULL);
    site_name(t->site, &policy, "default", "true");
    put_user(t->site, ada, "ada", enabled, part);
    t->rq = (struct http_request){
        .arena = test_arena(), .app = t->site, .scheme = STR("http"), .remote_ip = STR("192.0.2.1")
    };
    t->flow = (struct flow){
        .environment = here, .id = { { [15] = 7 } }, .status = status, .policy_name = STR("Single_Factor")
    };
    site_write(t->site, create_in, &t->flow);
    t->flow = kept(t);
    return t;
}

static const char *changed_now(void)
{
    return text_of("%lld", (long long)clock_now_ms());
}

static struct stage *stage(enum flow_status status)
{
    return stage_with(status, true, changed_now());
}

static enum err act(struct stage *t, const char *action, const char *body)
{
    struct flow_call call = { .rq = &t->rq, .rs = &t->rs, .flow = &t->flow, .body = json_of(body) };

    t->rq.problem = (struct problem){ 0 };
    return flow_act(&call, str_from(action));
}

static enum err sign_on(struct stage *t, const char *password)
{
    return act(t, "usernamePassword.check", text_of("{\"username\":\"ada\",\"password\":\"%s\"}", password));
}

TEST(flow_action, is_a_link_in_the_statuses_that_allow_it)
{
    static const char *const rows[FLOW_STATUSES] = {
        [FLOW_USERNAME_PASSWORD_REQUIRED] = "usernamePassword.check session.reset ",
        [FLOW_MUST_CHANGE_PASSWORD] = "password.reset session.reset ",
        [FLOW_PASSWORD_EXPIRED] = "password.reset session.reset ",
        [FLOW_COMPLETED] = "",
    };

    for (enum flow_status i = 0; i < FLOW_STATUSES; i++) {
        struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
        const char *names = "";
        struct str text;

        json_open(&b, '{');
        flow_write_action_links(&b, i, STR("u"));
        json_close(&b, '}');
        assert_ok(buf_finish(&b, &text));
        json_each (m, json_of(str_z(test_arena(), text)))
            names = text_of("%s%.*s ", names, STR_FMT(m.name));
        assert_string_equal(names, rows[i]);
    }
}

TEST(flow_action, that_the_status_does_not_allow_changes_nothing)
{
    static const struct {
        enum flow_status status;
        const char *action;
    } rows[] = {
        { FLOW_USERNAME_PASSWORD_REQUIRED, "password.reset" },
        { FLOW_MUST_CHANGE_PASSWORD, "usernamePassword.check" },
        { FLOW_PASSWORD_EXPIRED, "usernamePassword.check" },
        { FLOW_COMPLETED, "usernamePassword.check" },
        { FLOW_COMPLETED, "password.reset" },
        { FLOW_COMPLETED, "session.reset" },
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct stage *t = stage(rows[i].status);

        assert_err(act(t, rows[i].action,
                       "{\"username\":\"ada\",\"password\":\"right\",\"currentPassword\":\"right\","
                       "\"newPassword\":\"other\"}"),
                   FAILED);
        assert_int_equal(t->rq.problem.status, 400);
        assert_int_equal(kept(t).status, rows[i].status);
        assert_int_equal(kept(t).object.version, 1);
    }
}

TEST(flow_action, that_nobody_knows_is_no_media_type)
{
    static const char *const rows[] = { "", "otp.check", "usernamepassword.check" };
    struct stage *t = stage(FLOW_USERNAME_PASSWORD_REQUIRED);

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_err(act(t, rows[i], "{}"), FAILED);
        assert_int_equal(t->rq.problem.status, 415);
    }
}

TEST(flow_action, with_the_password_completes_the_flow)
{
    struct stage *t = stage(FLOW_USERNAME_PASSWORD_REQUIRED);
    struct uuid session;
    struct object o;

    assert_ok(sign_on(t, "right"));
    assert_int_equal(kept(t).status, FLOW_COMPLETED);
    assert_str(kept(t).user, ADA);
    assert_ok(uuid_parse(kept(t).session, &session));
    assert_ok(site_get(t->site, here, "session", session, &o));
    assert_true(uuid_eq(o.parent, ada));
    assert_int_equal(t->rs.headers_n, 1);
}

/* The cookie is the browser's alone: the flow knows it by the id made of it. */
TEST(flow_action, that_completes_keeps_no_cookie)
{
    struct stage *t = stage(FLOW_USERNAME_PASSWORD_REQUIRED);
    struct str set, value, id;

    assert_ok(sign_on(t, "right"));
    set = t->rs.headers[0].value;
    value = str_slice(set, 3, str_index(set, ';') - 3);
    assert_true(value.len >= 43);
    assert_ok(uuid_text(test_arena(), secret_id(value), &id));
    assert_str(kept(t).cookie, str_z(test_arena(), id));
    assert_null(memmem(kept(t).object.document.p, kept(t).object.document.len, value.p, value.len));
}

TEST(flow_action, tells_the_user_when_they_signed_on)
{
    struct stage *t = stage(FLOW_USERNAME_PASSWORD_REQUIRED);
    struct object o;
    const struct json *d;

    assert_ok(sign_on(t, "right"));
    assert_ok(site_get(t->site, here, "user", ada, &o));
    d = json_of(str_z(test_arena(), o.document));
    assert_str(json_path_str(d, "lastSignOn.remoteIp"), "192.0.2.1");
    assert_str(json_path_str(d, "username"), "ada");
}

TEST(flow_action, asks_for_another_password_first)
{
    const struct {
        const char *part;
        enum flow_status status;
    } rows[] = { { text_of("%s,\"mustChange\":true", changed_now()), FLOW_MUST_CHANGE_PASSWORD },
                 { "1", FLOW_PASSWORD_EXPIRED } };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct stage *t = stage_with(FLOW_USERNAME_PASSWORD_REQUIRED, true, rows[i].part);

        assert_ok(sign_on(t, "right"));
        assert_int_equal(kept(t).status, rows[i].status);
        assert_str(kept(t).user, ADA);
        assert_true(str_is_none(kept(t).session));
        assert_int_equal(t->rs.headers_n, 0); /* nobody is signed on yet */
    }
}

TEST(flow_action, refuses_the_wrong_password_a_disabled_user_and_nobody_alike)
{
    const struct {
        bool enabled;
        const char *body;
    } rows[] = { { true, "{\"username\":\"ada\",\"password\":\"wrong\"}" },
                 { false, "{\"username\":\"ada\",\"password\":\"right\"}" },
                 { true, "{\"username\":\"eve\",\"password\":\"right\"}" } };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct stage *t = stage_with(FLOW_USERNAME_PASSWORD_REQUIRED, rows[i].enabled, changed_now());

        assert_err(act(t, "usernamePassword.check", rows[i].body), FAILED);
        assert_int_equal(t->rq.problem.details_n, 1);
        assert_int_equal(t->rq.problem.details[0].code, INVALID_VALUE);
        assert_str(t->rq.problem.details[0].target, "username");
        assert_str(t->rq.problem.details[0].message, "Invalid username and/or password.");
        assert_int_equal(kept(t).object.version, 1);
        assert_int_equal(t->rs.headers_n, 0);
    }
}

static enum err sign_on_in(struct tx *tx, void *arg)
{
    struct sign_on *s = arg;

    return session_sign_on(tx, tx_arena(tx), s, &s->session);
}

/* The browser has a session of somebody already. */
static struct uuid bring_session(struct stage *t, struct uuid user)
{
    struct sign_on s = { .environment = here,
                         .user = user,
                         .policy = STR("Single_Factor"),
                         .remote_ip = STR(""),
                         .user_agent = STR(""),
                         .cookie = STR("brought"),
                         .now_ms = clock_now_ms() };

    site_write(t->site, sign_on_in, &s);
    t->cookie = (struct http_header){ STR("cookie"), STR("ST=brought") };
    t->rq.headers = &t->cookie;
    t->rq.headers_n = 1;
    return s.session;
}

TEST(flow_action, goes_on_with_the_users_own_session)
{
    struct stage *t = stage(FLOW_USERNAME_PASSWORD_REQUIRED);
    struct uuid brought = bring_session(t, ada), session;

    assert_ok(sign_on(t, "right"));
    assert_ok(uuid_parse(kept(t).session, &session));
    assert_true(uuid_eq(session, brought));
}

TEST(flow_action, does_not_go_on_with_somebody_elses_session)
{
    struct stage *t = stage(FLOW_USERNAME_PASSWORD_REQUIRED);
    struct uuid brought = bring_session(t, bob), session;

    assert_ok(sign_on(t, "right"));
    assert_ok(uuid_parse(kept(t).session, &session));
    assert_false(uuid_eq(session, brought));
}

TEST(flow_action, that_resets_forgets_who_had_begun_and_ends_the_browsers_session)
{
    struct stage *t = stage_with(FLOW_USERNAME_PASSWORD_REQUIRED, true, "1");
    struct uuid brought = bring_session(t, bob);
    struct object o;

    assert_ok(sign_on(t, "right"));
    assert_int_equal(kept(t).status, FLOW_PASSWORD_EXPIRED);
    assert_ok(act(t, "session.reset", "{}"));
    assert_int_equal(kept(t).status, FLOW_USERNAME_PASSWORD_REQUIRED);
    assert_true(str_is_none(kept(t).user));
    assert_err(site_get(t->site, here, "session", brought, &o), NOT_FOUND);
    assert_int_equal(t->rs.headers_n, 1); /* the cookie is cleared */
}

TEST(flow_action, is_taken_once_when_two_act_at_once)
{
    struct stage *t = stage(FLOW_USERNAME_PASSWORD_REQUIRED);
    struct flow as_it_was = t->flow;

    assert_ok(sign_on(t, "right"));
    t->flow = as_it_was;
    assert_err(sign_on(t, "right"), CONFLICT);
}
