/* SPDX-License-Identifier: Apache-2.0 */
/* Users, the state and history of their passwords, and attempts to prove one. */
#include "site.h"

#include "base/clock.h"
#include "crypto/password.h"
#include "model/password_pool.h"
#include "model/user.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define DAY_MS    (24 * 60 * MINUTE_MS)

static const struct uuid here = { { [15] = 1 } }, people = { { [15] = 2 } }, ada = { { [15] = 3 } },
                         policy = { { [15] = 4 } };

#define ADA                                                                                                  \
    "{\"username\":\"Ada\",\"enabled\":true,\"population\":{\"id\":\"00000000-0000-0000-0000-"               \
    "000000000002\"}}"

static struct site *site_with_policy(const char *rules)
{
    struct site *s = site_new();
    const struct object p = { .environment = here, .type = STR("passwordPolicy"), .id = policy };

    site_put_environment(s, here);
    site_put(s, &p, rules, NULL);
    site_name(s, &p, "default", "true");
    return s;
}

static void put_ada(struct site *s, const char *document, const char *secret)
{
    const struct object u = { .environment = here, .type = STR("user"), .id = ada };

    site_put(s, &u, document, secret);
    site_name(s, &u, "username", "ada");
}

static enum err read_ada(struct site *s, struct user *ret)
{
    struct tx *tx;
    enum err e;

    assert_ok(store_read_begin(s->store, test_arena(), &tx));
    e = user_read(tx, test_arena(), here, ada, ret);
    tx_end(tx);
    return e;
}

static struct password_state state_of_ada(struct site *s)
{
    struct password_state state;
    struct user u;
    struct tx *tx;

    assert_ok(read_ada(s, &u));
    assert_ok(store_read_begin(s->store, test_arena(), &tx));
    assert_ok(password_read(tx, test_arena(), &u, &state));
    tx_end(tx);
    return state;
}

/* What attempts there were: a lock that ends in so many minutes. */
static void put_attempts(struct site *s, int failures, int lock_minutes)
{
    const struct object o = { .environment = here, .type = STR("passwordAttempts"), .id = ada };
    long long until = lock_minutes ? clock_now_ms() + lock_minutes * MINUTE_MS : 0;

    site_put(s, &o, text_of("{\"failures\":%d,\"lockedUntil\":%lld}", failures, until), NULL);
}

static const char *changed(double days_ago, const char *more)
{
    return text_of("{\"hash\":\"h\",\"changedAt\":%lld%s}",
                   (long long)(clock_now_ms() - (int64_t)(days_ago * (double)DAY_MS)), more);
}

TEST(user, is_found_without_case)
{
    struct site *s = site_with_policy("{}");
    struct user u;
    struct tx *tx;

    put_ada(s, ADA, NULL);
    assert_ok(store_read_begin(s->store, test_arena(), &tx));
    assert_ok(user_find(tx, test_arena(), here, STR("aDA"), &u));
    assert_true(uuid_eq(u.id, ada) && uuid_eq(u.population, people));
    assert_err(user_find(tx, test_arena(), here, STR("adam"), &u), NOT_FOUND);
    assert_err(user_find(tx, test_arena(), people, STR("ada"), &u), NOT_FOUND);
}

TEST(user, is_usable_when_enabled_and_not_locked)
{
    static const struct {
        const char *enabled, *status;
        bool usable;
    } rows[] = { { "true", "OK", true }, { "false", "OK", false }, { "true", "LOCKED", false } };
    struct site *s = site_with_policy("{}");
    struct user u;

    for (size_t i = 0; i < LENGTH(rows); i++) {
        put_ada(s,
                text_of("{\"enabled\":%s,\"account\":{\"status\":\"%s\"},\"population\":{\"id\":"
                        "\"00000000-0000-0000-0000-000000000002\"}}",
                        rows[i].enabled, rows[i].status),
                NULL);
        assert_ok(read_ada(s, &u));
        assert_int_equal(u.usable, rows[i].usable);
    }
}

TEST(user, without_a_population_is_corrupt)
{
    struct site *s = site_with_policy("{}");
    struct user u;

    put_ada(s, "{\"enabled\":true}", NULL);
    assert_err(read_ada(s, &u), CORRUPT);
}

TEST(password_state, tells_the_worst_first)
{
    const struct {
        const char *secret;
        int lock_minutes;
        enum password_status status;
    } rows[] = {
        { NULL, 1, PASSWORD_NONE },
        { changed(1, ""), 0, PASSWORD_OK },
        { changed(1, ""), -1, PASSWORD_OK },
        { changed(1, ",\"mustChange\":true"), 0, PASSWORD_MUST_CHANGE },
        { changed(30.01, ",\"mustChange\":true"), 0, PASSWORD_HAS_EXPIRED },
        { changed(29.99, ""), 0, PASSWORD_OK },
        { changed(30.01, ",\"mustChange\":true"), 1, PASSWORD_IS_LOCKED },
    };
    struct site *s = site_with_policy("{\"maxAgeDays\":30}");

    for (size_t i = 0; i < LENGTH(rows); i++) {
        put_ada(s, ADA, rows[i].secret);
        put_attempts(s, 0, rows[i].lock_minutes);
        assert_int_equal(state_of_ada(s).status, rows[i].status);
    }
}

TEST(password_state, never_expires_without_a_greatest_age)
{
    struct site *s = site_with_policy("{}");

    put_ada(s, ADA, changed(10000, ""));
    assert_int_equal(state_of_ada(s).expires_at_ms, 0);
    assert_int_equal(state_of_ada(s).status, PASSWORD_OK);
}

TEST(password_state, is_that_of_the_populations_policy)
{
    struct site *s = site_with_policy("{\"maxAgeDays\":30}");
    const struct object own = { .environment = here, .type = STR("passwordPolicy"), .id = { { [15] = 5 } } },
                        p = { .environment = here, .type = STR("population"), .id = people };

    put_ada(s, ADA, changed(1, ""));
    site_put(s, &own, "{\"maxAgeDays\":60}", NULL);
    site_put(s, &p, "{\"passwordPolicy\":{\"id\":\"00000000-0000-0000-0000-000000000005\"}}", NULL);
    assert_int_equal(state_of_ada(s).policy.max_age_days, 60);
}

/* The history that a new password leaves of one from a day ago and three more. */
static const struct json *history_after(int64_t count, int64_t days)
{
    int64_t now = clock_now_ms();
    struct password_state state = { .hash = STR("h0"), .changed_at_ms = now - DAY_MS };
    struct str part;

    state.policy.history_count = count;
    state.policy.history_days = days;
    state.history = json_of(
        text_of("[{\"hash\":\"h1\",\"at\":%lld},{\"hash\":\"h2\",\"at\":%lld},{\"hash\":\"h3\",\"at\":%lld}]",
                (long long)(now - 2 * DAY_MS), (long long)(now - 5 * DAY_MS), (long long)(now - 9 * DAY_MS)));
    assert_ok(password_make_encoded(test_arena(), &state, STR("new"), false, &part));
    assert_str(json_path_str(json_of(str_z(test_arena(), part)), "hash"), "new");
    return json_get(json_of(str_z(test_arena(), part)), "history");
}

static const char *hashes(const struct json *history)
{
    const char *all = "";

    json_each (m, history)
        all = text_of("%s %.*s", all, STR_FMT(json_path_str(m.value, "hash")));
    return all;
}

TEST(password_history, keeps_as_many_as_the_policy_counts)
{
    assert_string_equal(hashes(history_after(0, 0)), "");
    assert_string_equal(hashes(history_after(1, 0)), " h0");
    assert_string_equal(hashes(history_after(3, 0)), " h0 h1 h2");
    assert_string_equal(hashes(history_after(50, 0)), " h0 h1 h2 h3");
}

TEST(password_history, keeps_them_as_long_as_the_policy_says)
{
    assert_string_equal(hashes(history_after(50, 4)), " h0 h1");
    assert_string_equal(hashes(history_after(50, 6)), " h0 h1 h2");
}

TEST(password_history, knows_the_passwords_that_the_policy_counts)
{
    static const struct {
        const char *password;
        int64_t count;
        bool old;
    } rows[] = {
        { "now", 0, false },     { "now", 1, true },     { "before", 1, false }, { "before", 2, true },
        { "earlier", 2, false }, { "earlier", 3, true }, { "Now", 3, false },
    };
    static const char *const before[] = { "before", "earlier" };
    struct site *s = site_new();
    struct password_state known = { .hash = STR_NONE };
    const char *list = "";
    struct str hash;
    bool old;

    for (size_t i = 0; i < LENGTH(before); i++) {
        assert_ok(password_hash(test_arena(), str_from(before[i]), &hash));
        list = text_of("%s%s{\"hash\":\"%.*s\",\"at\":1}", list, i ? "," : "", STR_FMT(hash));
    }
    known.history = json_of(text_of("[%s]", list));
    assert_ok(password_hash(test_arena(), STR("now"), &known.hash));
    for (size_t i = 0; i < LENGTH(rows); i++) {
        known.policy.history_count = rows[i].count;
        assert_ok(password_is_old(s, here, &known, str_from(rows[i].password), &old));
        if (old != rows[i].old)
            fail_msg("%s, of %d", rows[i].password, (int)rows[i].count);
    }
}

/* Two failures lock for an hour. */
static struct site *site_that_locks(void)
{
    struct site *s = site_with_policy("{\"lockout\":{\"failureCount\":2,\"durationSeconds\":3600}}");
    struct str hash;

    assert_ok(crypto_init());
    assert_ok(password_hash(test_arena(), STR("right"), &hash));
    put_ada(s, ADA, text_of("{\"hash\":\"%.*s\",\"changedAt\":1}", STR_FMT(hash)));
    return s;
}

static struct password_attempt attempt(struct site *s, const char *username, const char *password)
{
    struct password_attempt t = { .environment = here,
                                  .username = str_from(username),
                                  .password = str_from(password) };

    assert_ok(password_try(s, test_arena(), &t));
    return t;
}

TEST(password_attempt, counts_down_to_the_lock)
{
    struct site *s = site_that_locks();
    struct password_attempt t = attempt(s, "ada", "wrong");

    assert_true(!t.right && t.known && !t.locked);
    assert_int_equal(t.state.failures_remaining, 1);
    t = attempt(s, "ada", "wrong");
    assert_int_equal(t.state.failures_remaining, 0);
    t = attempt(s, "ada", "right");
    assert_true(!t.right && t.locked);
}

TEST(password_attempt, that_is_right_forgives_those_before)
{
    struct site *s = site_that_locks();

    (void)attempt(s, "ada", "wrong");
    assert_true(attempt(s, "ada", "right").right);
    assert_int_equal(attempt(s, "ada", "wrong").state.failures_remaining, 1);
}

TEST(password_attempt, while_locked_does_not_make_the_lock_longer)
{
    struct site *s = site_that_locks();
    int64_t until;

    put_attempts(s, 2, 10);
    until = state_of_ada(s).locked_until_ms;
    (void)attempt(s, "ada", "wrong");
    assert_int_equal(state_of_ada(s).locked_until_ms, until);
}

TEST(password_attempt, after_the_lock_counts_from_the_beginning)
{
    struct site *s = site_that_locks();

    put_attempts(s, 2, -1);
    assert_int_equal(attempt(s, "ada", "wrong").state.failures_remaining, 1);
    assert_true(attempt(s, "ada", "right").right);
}

TEST(password_attempt, of_a_name_that_nobody_has_locks_as_well_in_any_case)
{
    struct site *s = site_that_locks();
    struct password_attempt t = attempt(s, "Eve", "wrong");

    assert_true(!t.known && !t.locked);
    (void)attempt(s, "eve", "wrong");
    assert_true(attempt(s, "EVE", "wrong").locked);
    assert_false(attempt(s, "adam", "wrong").locked);
}

TEST(password_attempt, at_somebody_without_a_password_is_never_right)
{
    struct site *s = site_with_policy("{}");
    struct password_attempt t;

    put_ada(s, ADA, NULL);
    t = attempt(s, "ada", "");
    assert_true(t.known && !t.right);
}

TEST(password_attempt, for_which_there_is_no_place_is_not_counted)
{
    struct site *s = site_that_locks();
    struct password_attempt t = { .environment = here, .username = STR("ada"), .password = STR("right") };
    int places = 0;

    while (password_pool_enter(s->passwords, here) == OK)
        places++;
    assert_err(password_try(s, test_arena(), &t), UNAVAILABLE);
    while (places--)
        password_pool_leave(s->passwords, here);
    assert_int_equal(state_of_ada(s).failures_remaining, 2);
}
