/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "crypto/digest.h"
#include "model/password_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const struct uuid here = { { [15] = 1 } }, there = { { [15] = 2 } };

TEST(password_pool, leaves_one_environment_no_more_than_half_of_the_places)
{
    struct password_pool *p;

    assert_ok(password_pool_new(1, 3, &p));
    assert_ok(password_pool_enter(p, here));
    assert_ok(password_pool_enter(p, here));
    assert_err(password_pool_enter(p, here), UNAVAILABLE);
    assert_ok(password_pool_enter(p, there));
    password_pool_leave(p, here);
    assert_ok(password_pool_enter(p, here));
    password_pool_free(p);
}

TEST(password_pool, refuses_who_comes_when_it_is_full)
{
    const struct uuid third = { { [15] = 3 } };
    struct password_pool *p;
    struct str hash;
    bool right;

    assert_ok(password_pool_new(1, 1, &p));
    assert_ok(password_pool_enter(p, here));
    assert_ok(password_pool_enter(p, there));
    assert_err(password_pool_hash(p, third, test_arena(), STR("a"), &hash), UNAVAILABLE);
    assert_err(password_pool_verify(p, third, STR_NONE, STR("a"), &right), UNAVAILABLE);
    password_pool_free(p);
}

TEST(password_pool, makes_and_checks_hashes)
{
    struct password_pool *p;
    struct str hash;
    bool right;

    assert_ok(crypto_init());
    assert_ok(password_pool_new(2, 2, &p));
    assert_ok(password_pool_hash(p, here, test_arena(), STR("correct horse"), &hash));
    assert_ok(password_pool_verify(p, here, hash, STR("correct horse"), &right));
    assert_true(right);
    assert_ok(password_pool_enter(p, here));
    assert_ok(password_pool_verify_entered(p, hash, STR("correct horsf"), &right));
    assert_false(right);
    password_pool_leave(p, here);
    password_pool_free(p);
}

TEST(password_pool, leaves_others_the_cores_they_use_up_to_half)
{
    static const struct {
        unsigned cores, others_percent, share;
    } rows[] = {
        { 1, 0, 1 },   { 1, 100, 1 }, { 2, 0, 2 },   { 2, 49, 2 },  { 2, 50, 1 },  { 2, 200, 1 },
        { 3, 100, 2 }, { 3, 200, 2 }, { 8, 149, 7 }, { 8, 350, 4 }, { 8, 450, 4 }, { 8, 800, 4 },
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_int_equal(password_pool_share(rows[i].cores, rows[i].others_percent, 100), rows[i].share);
}

enum { JOBS = 12, OTHERS_MAX = 1024, MOMENT_NS = 150 * 1000 * 1000 };

struct load {
    struct password_pool *pool;
    atomic_bool over;
};

static void *use_a_core(void *arg)
{
    struct load *l = arg;

    while (!atomic_load(&l->over))
        ;
    return NULL;
}

static void *make_hash(void *arg)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct load *l = arg;
    struct str hash;

    return password_pool_hash(l->pool, here, a, STR("correct horse"), &hash) == OK ? arg : NULL;
}

static void all_get_their_turn(struct load *l)
{
    pthread_t threads[JOBS];
    void *done;

    for (size_t i = 0; i < JOBS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_hash, l), 0);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
    }
}

/* Also those that come while threads rest, and those that come when these may run again; with more other work
 * than there are cores, so that a hash runs for nothing but its share. */
TEST(password_pool, gets_all_done_beside_other_work_and_after_it)
{
    const struct timespec moment = { .tv_nsec = MOMENT_NS };
    struct load l = { .over = false };
    long n = sysconf(_SC_NPROCESSORS_ONLN) + 1;
    pthread_t others[OTHERS_MAX];

    assert_true(n <= OTHERS_MAX);
    assert_ok(crypto_init());
    assert_ok(password_pool_new(2, 2 * JOBS, &l.pool));
    for (long i = 0; i < n; i++)
        assert_int_equal(pthread_create(&others[i], NULL, use_a_core, &l), 0);
    nanosleep(&moment, NULL);
    all_get_their_turn(&l);
    atomic_store(&l.over, true);
    for (long i = 0; i < n; i++)
        assert_int_equal(pthread_join(others[i], NULL), 0);
    nanosleep(&moment, NULL);
    all_get_their_turn(&l);
    password_pool_free(l.pool);
}

static long resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long pages = 0;

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*d %ld", &pages), 1);
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

TEST(password_pool, gives_back_its_memory_when_it_rests)
{
    const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };
    struct password_pool *p;
    struct str hash;
    long before, waits = 0;

    assert_ok(crypto_init());
    before = resident_bytes();
    assert_ok(password_pool_new(1, 1, &p));
    assert_ok(password_pool_hash(p, here, test_arena(), STR("correct horse"), &hash));
    while (resident_bytes() > before + 10 * 1024 * 1024 && waits++ < 500)
        nanosleep(&moment, NULL);
    assert_true(waits < 500);
    password_pool_free(p);
}
