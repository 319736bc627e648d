/* SPDX-License-Identifier: Apache-2.0 */
/* Closures and snapshots, with many threads. */
#include "suite.h"

#include "base/wait.h"

#include <pthread.h>

STORE_TEST(snapshot, does_not_see_a_later_commit)
{
    struct object first = thing(1), second = thing(2), got;
    struct tx *tx;

    assert_ok(store_write(s, do_insert, &first));
    tx = snapshot(s);
    assert_ok(tx_get(tx, suite_arena(), here, first.type, first.id, &got));
    first.version = 1;
    assert_ok(store_write(s, do_update, &first));
    assert_ok(store_write(s, do_insert, &second));
    assert_ok(tx_get(tx, suite_arena(), here, first.type, first.id, &got));
    assert_int_equal(got.version, 1);
    assert_err(tx_get(tx, suite_arena(), here, second.type, second.id, &got), NOT_FOUND);
    tx_end(tx);
    assert_ok(get(s, &first, &got));
    assert_int_equal(got.version, 2);
    assert_ok(get(s, &second, &got));
}

STORE_TEST(snapshot, may_end_twice_and_ends_with_its_arena)
{
    for (int i = 0; i < 1000; i++) { /* more than there can be at once */
        SCOPED(arena_freep) struct arena *a = arena_new(0);
        struct tx *tx;
        int64_t n;

        assert_non_null(a);
        assert_ok(store_read_begin(s, a, &tx));
        assert_ptr_equal(tx_arena(tx), a);
        assert_ok(tx_counter_get(tx, nil, STR("n"), nil, &n));
        if (i % 2) {
            tx_end(tx);
            tx_end(tx);
        }
    }
}

STORE_TEST(store, check_says_that_it_answers)
{
    assert_ok(store_check(s));
}

static enum err insert_and_read(struct tx *tx, void *arg)
{
    struct object *o = arg, got;

    TRY(tx_insert(tx, o));
    TRY(tx_get(tx, tx_arena(tx), o->environment, o->type, o->id, &got));
    return got.version == 1 ? OK : CORRUPT;
}

STORE_TEST(closure, reads_what_it_wrote)
{
    struct object o = thing(1);

    assert_ok(store_write(s, insert_and_read, &o));
}

STORE_TEST(closure, is_not_begun_on_a_thread_that_may_not_wait)
{
    struct object o = thing(1), got;
    struct tx *tx;

    wait_forbid();
    assert_err(store_write(s, insert_and_read, &o), UNAVAILABLE);
    assert_true(wait_was_wanted());
    assert_ok(store_read_begin(s, test_arena(), &tx));
    assert_err(tx_get(tx, test_arena(), o.environment, o.type, o.id, &got), NOT_FOUND);
    tx_end(tx);
    assert_ok(store_write(s, insert_and_read, &o));
}

static enum err insert_and_fail(struct tx *tx, void *arg)
{
    TRY(tx_insert(tx, arg));
    TRY(tx_event(tx, here, STR("{}")));
    return DENIED;
}

STORE_TEST(closure, error_undoes_its_work_and_reaches_its_caller)
{
    struct object o = thing(1), got;
    struct event *list;
    size_t n;

    assert_err(store_write(s, insert_and_fail, &o), DENIED);
    assert_err(get(s, &o, &got), NOT_FOUND);
    assert_ok(tx_event_list(snapshot(s), suite_arena(), 0, 10, &list, &n));
    assert_int_equal(n, 0);
    assert_ok(store_write(s, do_insert, &o));
}

struct attempt {
    bool refused;
};

static enum err count_and_refuse(struct tx *tx, void *arg)
{
    struct attempt *a = arg;
    int64_t n;

    TRY(tx_counter_add(tx, here, STR("failures"), nil, 1, &n));
    a->refused = true;
    return OK;
}

STORE_TEST(closure, refusal_in_its_argument_persists)
{
    struct attempt a = { false };
    int64_t n;

    assert_ok(store_write(s, count_and_refuse, &a));
    assert_true(a.refused);
    s = suite_reopen();
    assert_ok(tx_counter_get(snapshot(s), here, STR("failures"), nil, &n));
    assert_int_equal(n, 1);
}

static enum err fill_arena(struct tx *tx, void *arg)
{
    unsigned char *p = arena_alloc(tx_arena(tx), 100000);

    if (!p)
        return NO_MEMORY;
    for (size_t i = 0; i < 100000; i++)
        if (p[i])
            return CORRUPT;
    memset(p, 0xee, 100000);
    (*(int *)arg)++;
    return OK;
}

STORE_TEST(closure, begins_with_a_clean_arena)
{
    int runs = 0;

    for (int i = 0; i < 100; i++)
        assert_ok(store_write(s, fill_arena, &runs));
    assert_int_equal(runs, 100);
}

/* Generations */

static enum err do_touch(struct tx *tx, void *arg)
{
    return tx_touch(tx, *(struct uuid *)arg);
}

static enum err touch_and_fail(struct tx *tx, void *arg)
{
    TRY(tx_touch(tx, *(struct uuid *)arg));
    return CONFLICT;
}

static enum err touch_many(struct tx *tx, void *arg UNUSED)
{
    for (int i = 0; i < 100; i++)
        TRY(tx_touch(tx, uuid_v7()));
    return tx_touch(tx, id_of(0));
}

STORE_TEST(generation, has_moved_when_its_writer_is_answered)
{
    uint64_t before = store_generation(s, here), others = store_generation(s, there);
    struct uuid environment = here;

    assert_ok(store_write(s, do_touch, &environment));
    assert_true(store_generation(s, here) > before);
    assert_true(store_generation(s, there) == others);
}

STORE_TEST(generation, stays_without_a_touch)
{
    uint64_t before = store_generation(s, here);
    struct object o = thing(1);

    assert_ok(store_write(s, do_insert, &o));
    assert_true(store_generation(s, here) == before);
}

STORE_TEST(generation, counts_the_organization_too)
{
    uint64_t before = store_generation(s, nil);
    struct uuid environment = nil;

    assert_ok(store_write(s, do_touch, &environment));
    assert_true(store_generation(s, nil) > before);
    assert_err(store_write(s, touch_and_fail, &environment), CONFLICT);
}

STORE_TEST(generation, moves_for_more_environments_than_are_remembered)
{
    uint64_t before = store_generation(s, id_of(0));

    assert_ok(store_write(s, touch_many, NULL));
    assert_true(store_generation(s, id_of(0)) > before);
}

/* Threads */

enum { THREADS = 64, EACH = 25 };

struct worker {
    struct store *store;
    pthread_t thread;
    int number;
    int won;
};

static void run_workers(struct store *s, void *(*fn)(void *), struct worker workers[THREADS])
{
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .store = s, .number = i };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, fn, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
}

static enum err insert_and_count(struct tx *tx, void *arg)
{
    int64_t n;

    TRY(tx_insert(tx, arg));
    return tx_counter_add(tx, here, STR("things"), nil, 1, &n);
}

/* Every third closure fails after its work; each thread reads its own writes. */
static void *write_some(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < EACH; i++) {
        SCOPED(arena_freep) struct arena *a = arena_new(0);
        struct object o = thing(0), got;
        bool fails = (w->number + i) % 3 == 0;
        struct tx *tx;
        enum err e;

        o.id.b[14] = (unsigned char)w->number;
        o.id.b[13] = (unsigned char)i;
        e = store_write(w->store, fails ? insert_and_fail : insert_and_count, &o);
        if (!a || e != (fails ? DENIED : OK) || store_read_begin(w->store, a, &tx) != OK)
            continue;
        e = tx_get(tx, a, o.environment, o.type, o.id, &got);
        if (e == (fails ? NOT_FOUND : OK))
            w->won++;
    }
    return NULL;
}

STORE_TEST(threads, all_writes_land_beside_failing_neighbours)
{
    struct object_range all = { .environment = here, .type = STR("thing"), .limit = SIZE_MAX };
    struct worker workers[THREADS];
    struct object_list list;
    struct event *events;
    size_t wanted = 0, n;
    int64_t count;

    run_workers(s, write_some, workers);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].won, EACH);
        for (int j = 0; j < EACH; j++)
            wanted += (i + j) % 3 != 0;
    }
    assert_ok(tx_list(snapshot(s), suite_arena(), &all, &list));
    assert_int_equal(list.n, wanted);
    assert_ok(tx_counter_get(snapshot(s), here, STR("things"), nil, &count));
    assert_int_equal(count, wanted);
    assert_ok(tx_event_list(snapshot(s), suite_arena(), 0, 10, &events, &n));
    assert_int_equal(n, 0);
}

static enum err do_claim(struct tx *tx, void *arg)
{
    struct unique u = { here, STR("user"), STR("name"), STR("ann") };
    struct worker *w = arg;

    return tx_unique_put(tx, &u, here, id_of((unsigned char)w->number), NULL);
}

static void *claim(void *arg)
{
    struct worker *w = arg;
    enum err e = store_write(w->store, do_claim, w);

    w->won = e == OK ? 1 : e == CONFLICT ? 0 : 100;
    return NULL;
}

STORE_TEST(threads, one_wins_a_unique_value)
{
    struct worker workers[THREADS];
    int won = 0;

    run_workers(s, claim, workers);
    for (int i = 0; i < THREADS; i++)
        won += workers[i].won;
    assert_int_equal(won, 1);
}

static enum err update_to_next(struct tx *tx, void *arg UNUSED)
{
    struct object o;

    TRY(tx_get(tx, tx_arena(tx), here, STR("thing"), id_of(1), &o));
    return tx_update(tx, &o);
}

static void *update(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < EACH; i++)
        w->won += store_write(w->store, update_to_next, NULL) == OK;
    return NULL;
}

STORE_TEST(threads, no_update_is_lost)
{
    struct worker workers[THREADS];
    struct object o = thing(1), got;

    assert_ok(store_write(s, do_insert, &o));
    run_workers(s, update, workers);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(workers[i].won, EACH);
    assert_ok(get(s, &o, &got));
    assert_int_equal(got.version, 1 + THREADS * EACH);
}

static enum err touch_and_note(struct tx *tx, void *arg)
{
    struct worker *w = arg;

    TRY(tx_touch(tx, here));
    return tx_counter_add(tx, here, STR("touches"), id_of((unsigned char)w->number), 1, &(int64_t){ 0 });
}

/* A cache that loads after its writer was answered must find a generation that it has not seen before. */
static void *touch(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < EACH; i++) {
        uint64_t before = store_generation(w->store, here);

        if (store_write(w->store, touch_and_note, w) == OK && store_generation(w->store, here) > before)
            w->won++;
    }
    return NULL;
}

STORE_TEST(threads, each_sees_its_generation_move)
{
    struct worker workers[THREADS];

    run_workers(s, touch, workers);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(workers[i].won, EACH);
}
