/* SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "base/clock.h"
#include "model/session.h"

static const struct uuid here = { { [15] = 1 } }, there = { { [15] = 2 } }, ada = { { [15] = 3 } },
                         bob = { { [15] = 4 } };

struct signing {
    struct sign_on sign_on;
    struct uuid id;
};

static enum err sign_on_in(struct tx *tx, void *arg)
{
    struct signing *s = arg;

    return session_sign_on(tx, tx_arena(tx), &s->sign_on, &s->id);
}

/* Sign on with a cookie; `session` is the one to go on with, nil: none. */
static struct uuid sign_on_at(struct site *site, struct uuid user, const char *cookie, struct uuid session,
                              int64_t now_ms)
{
    struct signing s = { .sign_on = { .environment = here,
                                      .user = user,
                                      .session = session,
                                      .policy = STR("Single_Factor"),
                                      .remote_ip = STR("192.0.2.1"),
                                      .user_agent = STR("test"),
                                      .cookie = str_from(cookie),
                                      .now_ms = now_ms } };

    site_write(site, sign_on_in, &s);
    return s.id;
}

static struct uuid sign_on(struct site *site, struct uuid user, const char *cookie, struct uuid session)
{
    return sign_on_at(site, user, cookie, session, clock_now_ms());
}

static enum err find_in(struct site *site, struct uuid environment, const char *cookie, struct session *ret)
{
    struct tx *tx;
    enum err e;

    assert_ok(store_read_begin(site->store, test_arena(), &tx));
    e = session_find(tx, test_arena(), environment, cookie ? str_from(cookie) : STR_NONE, ret);
    tx_end(tx);
    return e;
}

static enum err find(struct site *site, const char *cookie, struct session *ret)
{
    return find_in(site, here, cookie, ret);
}

static const struct uuid nobody;

TEST(session, is_found_by_its_cookie)
{
    struct site *site = site_new();
    int64_t now = clock_now_ms();
    struct uuid id = sign_on_at(site, ada, "c1", nobody, now);
    struct session s;

    assert_ok(find(site, "c1", &s));
    assert_true(uuid_eq(s.id, id) && uuid_eq(s.user, ada));
    assert_int_equal(s.signed_on_at_ms, now);
    assert_str(s.policy, "Single_Factor");
}

TEST(session, is_found_by_no_other_cookie)
{
    struct site *site = site_new();
    struct session s;

    (void)sign_on(site, ada, "c1", nobody);
    assert_err(find(site, "c2", &s), NOT_FOUND);
    assert_err(find(site, "", &s), NOT_FOUND);
    assert_err(find(site, NULL, &s), NOT_FOUND);
    assert_err(find_in(site, there, "c1", &s), NOT_FOUND);
}

TEST(session, that_goes_on_takes_a_new_cookie_and_forgets_the_old_one)
{
    struct site *site = site_new();
    struct uuid first = sign_on(site, ada, "c1", nobody), again = sign_on(site, ada, "c2", first);
    struct session s;

    assert_true(uuid_eq(first, again));
    assert_err(find(site, "c1", &s), NOT_FOUND);
    assert_ok(find(site, "c2", &s));
}

TEST(session, of_another_user_is_never_gone_on_with)
{
    struct site *site = site_new();
    struct uuid of_ada = sign_on(site, ada, "c1", nobody), of_bob = sign_on(site, bob, "c2", of_ada);
    struct session s;

    assert_false(uuid_eq(of_ada, of_bob));
    assert_ok(find(site, "c1", &s));
    assert_true(uuid_eq(s.user, ada));
    assert_ok(find(site, "c2", &s));
    assert_true(uuid_eq(s.user, bob));
}

TEST(session, that_is_gone_is_followed_by_a_new_one)
{
    struct site *site = site_new();
    struct uuid gone = { { [15] = 9 } }, id = sign_on(site, ada, "c1", gone);
    struct session s;

    assert_false(uuid_eq(id, gone));
    assert_ok(find(site, "c1", &s));
}

TEST(session, ends_when_its_time_is_over)
{
    struct site *site = site_new();
    int64_t now = clock_now_ms(), life_ms = SESSION_S * INT64_C(1000), minute_ms = 60 * 1000;
    struct session s;

    (void)sign_on_at(site, ada, "old", nobody, now - life_ms - minute_ms);
    (void)sign_on_at(site, ada, "young", nobody, now - life_ms + minute_ms);
    assert_err(find(site, "old", &s), NOT_FOUND);
    assert_ok(find(site, "young", &s));
}

TEST(session, that_goes_on_begins_its_time_anew)
{
    struct site *site = site_new();
    int64_t now = clock_now_ms(), life_ms = SESSION_S * INT64_C(1000), minute_ms = 60 * 1000;
    struct uuid id = sign_on_at(site, ada, "c1", nobody, now - life_ms + minute_ms);
    struct session s;

    (void)sign_on_at(site, ada, "c2", id, now);
    assert_ok(find(site, "c2", &s));
    assert_int_equal(s.object.expires_at_ms, now + life_ms);
}

/* A cookie is kept as the id made of it: who reads the database signs on with none. */
TEST(session, keeps_no_cookie)
{
    struct site *site = site_new();
    struct uuid id = sign_on(site, ada, "the-cookie-itself", nobody);
    struct object o;

    assert_ok(site_get(site, here, "session", id, &o));
    assert_null(memmem(o.document.p, o.document.len, "the-cookie-itself", 17));
    assert_ok(site_get(site, here, "sessionCookie", secret_id(STR("the-cookie-itself")), &o));
    assert_str(o.document, "{}");
}

TEST(session, number_eleven_ends_the_oldest_of_its_user)
{
    struct site *site = site_new();
    struct session s;

    (void)sign_on(site, bob, "bob", nobody);
    for (int i = 0; i < SESSIONS_PER_USER_MAX; i++)
        (void)sign_on(site, ada, text_of("c%d", i), nobody);
    assert_ok(find(site, "c0", &s));
    (void)sign_on(site, ada, "last", nobody);
    assert_err(find(site, "c0", &s), NOT_FOUND);
    assert_ok(find(site, "c1", &s));
    assert_ok(find(site, "last", &s));
    assert_ok(find(site, "bob", &s));
}

static enum err end_in(struct tx *tx, void *arg)
{
    return session_end(tx, here, *(const struct uuid *)arg);
}

TEST(session, that_was_ended_takes_its_cookie_along)
{
    struct site *site = site_new();
    struct uuid id = sign_on(site, ada, "c1", nobody);
    struct session s;
    struct object o;

    site_write(site, end_in, &id);
    assert_err(find(site, "c1", &s), NOT_FOUND);
    assert_err(site_get(site, here, "sessionCookie", secret_id(STR("c1")), &o), NOT_FOUND);
    site_write(site, end_in, &id); /* again is fine */
}
