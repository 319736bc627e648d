/* SPDX-License-Identifier: Apache-2.0 */
/* What expires and what is erased: reads pass over it, the sweeper removes it with its rows. */
#include "suite.h"

#include "base/clock.h"

#include <unistd.h>

static struct object thing_until(unsigned char n, int64_t expires_at_ms)
{
    struct object o = thing(n);

    o.expires_at_ms = expires_at_ms;
    return o;
}

/* An object with one row in each table. */
static enum err insert_with_rows(struct tx *tx, void *arg)
{
    struct object *o = arg;
    struct unique u = { o->environment, o->type, STR("name"), { (const char *)o->id.b, 16 } };
    struct index_value v = { o->environment, o->type, STR("name"), STR("same"), o->id };
    struct reference r = { o->environment, o->type, o->id, STR("a"), STR("target"), id_of(250) };
    int64_t n;

    TRY(tx_insert(tx, o));
    TRY(tx_unique_put(tx, &u, o->environment, o->id, NULL));
    TRY(tx_index_put(tx, &v));
    TRY(tx_reference_put(tx, &r));
    return tx_counter_add(tx, o->environment, STR("things"), o->id, 1, &n);
}

struct sweeping {
    int64_t now_ms;
    size_t limit, removed;
};

static enum err do_sweep(struct tx *tx, void *arg)
{
    struct sweeping *w = arg;

    return tx_sweep(tx, w->now_ms, w->limit, &w->removed);
}

static size_t count_references(struct store *s, struct uuid environment)
{
    struct reference *list;
    size_t n;

    assert_ok(tx_reference_list(snapshot(s), suite_arena(), environment, STR("target"), id_of(250), STR_NONE,
                                10000, &list, &n));
    return n;
}

STORE_TEST(expiry, hides_an_object_from_every_read)
{
    struct object past = thing_until(1, clock_now_ms() - 1), future = thing_until(2, clock_now_ms() + 60000),
                  got;
    struct object_range all = { .environment = here, .type = STR("thing"), .limit = 10 };
    struct index_range same = {
        .environment = here, .type = STR("thing"), .attribute = STR("name"), .match = INDEX_ALL, .limit = 10
    };
    struct object_list list;

    past.parent = future.parent = id_of(100);
    assert_ok(store_write(s, insert_with_rows, &past));
    assert_ok(store_write(s, insert_with_rows, &future));
    assert_err(get(s, &past, &got), NOT_FOUND);
    assert_ok(get(s, &future, &got));
    assert_ok(tx_list(snapshot(s), suite_arena(), &all, &list));
    assert_int_equal(list.n, 1);
    all.has_parent = true;
    all.parent = id_of(100);
    assert_ok(tx_list(snapshot(s), suite_arena(), &all, &list));
    assert_int_equal(list.n, 1);
    assert_ok(tx_index_list(snapshot(s), suite_arena(), &same, &list));
    assert_int_equal(list.n, 1);
    assert_true(uuid_eq(list.items[0].id, future.id));
}

STORE_TEST(expiry, refuses_changes)
{
    struct object o = thing_until(1, 1);

    assert_ok(store_write(s, do_insert, &o));
    o.version = 1;
    o.expires_at_ms = 0;
    assert_err(store_write(s, do_update, &o), CONFLICT);
    assert_err(store_write(s, do_delete, &o), NOT_FOUND);
}

STORE_TEST(expiry, frees_the_id)
{
    struct object o = thing_until(1, 1), got;

    assert_ok(store_write(s, do_insert, &o));
    o.expires_at_ms = 0;
    o.document = STR("{}");
    assert_ok(store_write(s, do_insert, &o));
    assert_ok(get(s, &o, &got));
    assert_str(got.document, "{}");
    assert_int_equal(got.version, 1);
    assert_err(store_write(s, do_insert, &o), CONFLICT);
}

STORE_TEST(expiry, can_be_moved_by_an_update)
{
    struct object o = thing_until(1, clock_now_ms() + 60000), got;

    assert_ok(store_write(s, do_insert, &o));
    o.version = 1;
    o.expires_at_ms = 1;
    assert_ok(store_write(s, do_update, &o));
    assert_err(get(s, &o, &got), NOT_FOUND);
}

STORE_TEST(sweep, removes_the_expired_with_their_rows)
{
    struct object past = thing_until(1, 1000), later = thing_until(2, 2000), never = thing(3);
    struct index_range same = {
        .environment = here, .type = STR("thing"), .attribute = STR("name"), .match = INDEX_ALL, .limit = 10
    };
    struct sweeping w = { 1000, 10, 99 };
    struct object_list list;
    struct object o;

    assert_ok(store_write(s, insert_with_rows, &past));
    assert_ok(store_write(s, insert_with_rows, &later));
    assert_ok(store_write(s, insert_with_rows, &never));
    assert_int_equal(count_references(s, here), 3);
    assert_ok(store_write(s, do_sweep, &w));
    assert_int_equal(w.removed, 1);
    assert_int_equal(count_references(s, here), 2);
    o = thing(1); /* without rows of its own: the old index row would show it */
    assert_ok(store_write(s, do_insert, &o));
    assert_ok(tx_index_list(snapshot(s), suite_arena(), &same, &list));
    assert_int_equal(list.n, 1);
    assert_int_equal(list.items[0].id.b[15], 3);
    w.now_ms = 1999;
    assert_ok(store_write(s, do_sweep, &w));
    assert_int_equal(w.removed, 0);
    w.now_ms = 2000;
    assert_ok(store_write(s, do_sweep, &w));
    assert_int_equal(w.removed, 1);
}

STORE_TEST(sweep, frees_unique_values)
{
    struct object past = thing_until(1, 1);
    struct unique u = { here, STR("thing"), STR("name"), { (const char *)past.id.b, 16 } };
    struct object alive = thing(1);
    struct sweeping w = { clock_now_ms(), 10, 0 };
    struct uuid environment, id;

    assert_ok(store_write(s, insert_with_rows, &past));
    assert_ok(store_write(s, do_sweep, &w));
    assert_ok(store_write(s, do_insert, &alive)); /* an old row would name it again */
    assert_err(tx_unique_get(snapshot(s), &u, &environment, &id), NOT_FOUND);
}

STORE_TEST(sweep, keeps_to_its_limit)
{
    struct sweeping w = { clock_now_ms(), 4, 0 };

    for (unsigned char n = 0; n < 10; n++) {
        struct object o = thing_until(n, 1);

        assert_ok(store_write(s, do_insert, &o));
    }
    assert_ok(store_write(s, do_sweep, &w));
    assert_int_equal(w.removed, 4);
    assert_ok(store_write(s, do_sweep, &w));
    assert_int_equal(w.removed, 4);
    assert_ok(store_write(s, do_sweep, &w));
    assert_int_equal(w.removed, 2);
}

STORE_TEST(sweep, of_nothing_has_no_more)
{
    struct object o = thing(1), got;
    bool more = true;

    assert_ok(store_write(s, do_insert, &o));
    assert_ok(store_sweep(s, 0, &more));
    assert_false(more);
    assert_ok(get(s, &o, &got));
}

static enum err insert_many(struct tx *tx, void *arg)
{
    const struct object *like = arg;

    for (int i = 0; i < 700; i++) {
        struct object o = *like;

        o.id = uuid_v7();
        TRY(insert_with_rows(tx, &o));
    }
    return OK;
}

/* -> how often it had more to do */
static int sweep_before(struct store *s, int64_t events_before_ms)
{
    bool more = true;
    int n = 0;

    while (more && n < 100) {
        assert_ok(store_sweep(s, events_before_ms, &more));
        n += more;
    }
    return n;
}

static int sweep_all(struct store *s)
{
    return sweep_before(s, 0);
}

STORE_TEST(sweep, goes_on_until_all_expired_are_gone)
{
    struct object past = thing_until(1, 1);

    assert_ok(store_write(s, insert_many, &past));
    assert_in_range(sweep_all(s), 1, 10);
    assert_int_equal(count_references(s, here), 0);
}

struct events {
    struct uuid environment;
    int n;
};

static enum err add_events(struct tx *tx, void *arg)
{
    const struct events *e = arg;

    for (int i = 0; i < e->n; i++)
        TRY(tx_event(tx, e->environment, STR("{}")));
    return OK;
}

static size_t count_events(struct store *s, struct uuid environment)
{
    struct event *list;
    size_t n, count = 0;

    assert_ok(tx_event_list(snapshot(s), suite_arena(), 0, 10000, &list, &n));
    for (size_t i = 0; i < n; i++)
        count += uuid_eq(list[i].environment, environment);
    return count;
}

/* -> a moment before which nothing that comes now was, and behind all that was */
static int64_t moment(void)
{
    int64_t now = clock_now_ms();

    while (clock_now_ms() <= now)
        usleep(100);
    return now + 1;
}

STORE_TEST(sweep, removes_events_that_were_recorded_before_a_moment)
{
    struct events old = { here, 3 }, new = { here, 2 }, other = { there, 1 };
    int64_t first = moment(), between;

    assert_ok(store_write(s, add_events, &old));
    between = moment();
    assert_ok(store_write(s, add_events, &new));
    assert_ok(store_write(s, add_events, &other));
    assert_int_equal(sweep_before(s, first), 0);
    assert_int_equal(count_events(s, here), 5);
    assert_int_equal(sweep_before(s, between), 0);
    assert_int_equal(count_events(s, here), 2);
    assert_int_equal(count_events(s, there), 1);
}

STORE_TEST(sweep, removes_events_in_batches_and_the_others_too)
{
    struct events many = { here, 1700 };
    struct object past = thing_until(1, 1);

    assert_ok(store_write(s, add_events, &many));
    assert_ok(store_write(s, insert_many, &past));
    assert_in_range(sweep_before(s, moment()), 4, 6);
    assert_int_equal(count_events(s, here), 0);
    assert_int_equal(count_references(s, here), 0);
}

static enum err do_erase(struct tx *tx, void *arg)
{
    return tx_erase_environment(tx, *(struct uuid *)arg);
}

STORE_TEST(erase, removes_all_of_an_environment_and_nothing_else)
{
    struct object mine = thing(1), other = thing(1), got;
    struct object_range all = { .environment = here, .type = STR("thing"), .limit = 10 };
    struct unique u = { here, STR("thing"), STR("name"), { (const char *)mine.id.b, 16 } };
    struct uuid environment = here, id;
    struct object_list list;
    int64_t n;

    other.environment = there;
    assert_ok(store_write(s, insert_with_rows, &mine));
    assert_ok(store_write(s, insert_many, &mine));
    assert_ok(store_write(s, insert_with_rows, &other));
    assert_ok(store_write(s, do_erase, &environment));
    assert_ok(store_write(s, do_erase, &environment));
    assert_in_range(sweep_all(s), 5, 20);
    assert_ok(tx_list(snapshot(s), suite_arena(), &all, &list));
    assert_int_equal(list.n, 0);
    assert_err(tx_unique_get(snapshot(s), &u, &environment, &id), NOT_FOUND);
    assert_int_equal(count_references(s, here), 0);
    assert_ok(tx_counter_get(snapshot(s), here, STR("things"), id_of(1), &n));
    assert_int_equal(n, 0);
    assert_ok(get(s, &other, &got));
    assert_int_equal(count_references(s, there), 1);
    assert_ok(tx_counter_get(snapshot(s), there, STR("things"), id_of(1), &n));
    assert_int_equal(n, 1);
}

STORE_TEST(erase, removes_an_environments_events_and_no_others)
{
    struct events mine = { here, 700 }, other = { there, 2 }, organization = { nil, 3 };
    struct uuid environment = here;

    assert_ok(store_write(s, add_events, &mine));
    assert_ok(store_write(s, add_events, &other));
    assert_ok(store_write(s, add_events, &organization));
    assert_ok(store_write(s, do_erase, &environment));
    assert_in_range(sweep_all(s), 2, 4);
    assert_int_equal(count_events(s, here), 0);
    assert_int_equal(count_events(s, there), 2);
    assert_int_equal(count_events(s, nil), 3);
}

STORE_TEST(erase, goes_on_after_a_restart)
{
    struct object mine = thing(1);
    struct uuid environment = here;

    assert_ok(store_write(s, insert_many, &mine));
    assert_ok(store_write(s, do_erase, &environment));
    s = suite_reopen();
    assert_in_range(sweep_all(s), 1, 20);
    assert_int_equal(count_references(s, here), 0);
}

STORE_TEST(erase, is_finished_once)
{
    struct object again = thing(1), got;
    struct uuid environment = here;

    assert_ok(store_write(s, do_erase, &environment));
    sweep_all(s);
    assert_ok(store_write(s, do_insert, &again));
    sweep_all(s);
    assert_ok(get(s, &again, &got));
}
