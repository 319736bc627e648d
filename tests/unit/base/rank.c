/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/clock.h"
#include "base/rank.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct seen {
    void (*take)(void);
    uint32_t
        attributes[12]; /* struct sched_attr: size, policy, 2 of flags, nice, priority, 2 of runtime, ... */
};

static void *run(void *arg)
{
    struct seen *s = arg;

    s->take();
    syscall(SYS_sched_getattr, 0, s->attributes, sizeof(s->attributes), 0);
    return NULL;
}

static struct seen of_thread(void (*take)(void))
{
    struct seen s = { .take = take };
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run, &s), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return s;
}

TEST(rank, prompt_is_a_slice_of_100_us_where_there_are_slices) /* Linux before 6.12 says 0 */
{
    struct seen s = of_thread(rank_prompt);

    assert_int_equal(s.attributes[1], SCHED_OTHER);
    assert_int_equal((int)s.attributes[4], getpriority(PRIO_PROCESS, 0));
    assert_true(s.attributes[6] == 100000 || s.attributes[6] == 0);
}

TEST(rank, low_is_a_thirtieth_of_the_common_weight) /* sched(7): nice 15 */
{
    struct seen s = of_thread(rank_low);

    assert_int_equal(s.attributes[1], SCHED_OTHER);
    assert_int_equal((int)s.attributes[4], 15);
}

static void be_nice_and_prompt(void)
{
    setpriority(PRIO_PROCESS, (id_t)gettid(), 5);
    rank_prompt();
}

static void be_nicer_and_low(void)
{
    setpriority(PRIO_PROCESS, (id_t)gettid(), 17);
    rank_low();
}

TEST(rank, is_no_higher_than_the_program_was_started_with)
{
    assert_int_equal((int)of_thread(be_nice_and_prompt).attributes[4], 5);
    assert_int_equal((int)of_thread(be_nicer_and_low).attributes[4], 17);
}

static void *bind_and_unbind(void *at)
{
    cpu_set_t *all = at, now, again;
    unsigned n = rank_cores();

    for (unsigned i = 0; i < 2 * n; i++) {
        rank_bind(i);
        sched_getaffinity(0, sizeof(now), &now);
        CPU_AND(&again, &now, all);
        if (CPU_COUNT(&now) != 1 || CPU_COUNT(&again) != 1)
            return NULL;
    }
    rank_bind(n - 1);
    sched_getaffinity(0, sizeof(now), &now);
    rank_bind(2 * n - 1);
    sched_getaffinity(0, sizeof(again), &again);
    if (!CPU_EQUAL(&now, &again))
        return NULL;
    rank_unbind();
    sched_getaffinity(0, sizeof(now), &now);
    return CPU_EQUAL(&now, all) ? at : NULL;
}

TEST(rank, binds_a_thread_to_one_of_the_programs_cores_and_to_all_again)
{
    pthread_t thread;
    cpu_set_t all;
    void *done;

    sched_getaffinity(0, sizeof(all), &all);
    assert_int_equal(rank_cores(), CPU_COUNT(&all));
    assert_int_equal(pthread_create(&thread, NULL, bind_and_unbind, &all), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_non_null(done);
}

static void compute_for_20_ms(void)
{
    int64_t end = clock_monotonic_ns() + 20 * 1000 * 1000;

    while (clock_monotonic_ns() < end)
        ;
}

static sigset_t keep_breaks_off(int how)
{
    sigset_t breaks;

    sigemptyset(&breaks);
    sigaddset(&breaks, SIGRTMIN);
    pthread_sigmask(how, &breaks, NULL);
    return breaks;
}

/* -> whether a break was due to this thread meanwhile; it was kept from taking it */
static bool break_was_due(void)
{
    const struct timespec none = { 0 };
    sigset_t breaks = keep_breaks_off(SIG_BLOCK);
    bool due;

    compute_for_20_ms();
    due = sigtimedwait(&breaks, NULL, &none) == SIGRTMIN;
    (void)keep_breaks_off(SIG_UNBLOCK);
    return due;
}

TEST(rank, breaks_are_due_in_the_midst_of_a_computation_until_they_end)
{
    struct rank_breaks b;

    rank_breaks_begin(&b);
    compute_for_20_ms(); /* the signal is taken: it ends nothing */
    assert_true(break_was_due());
    rank_breaks_end(&b);
    assert_false(break_was_due());
}

static void *compute(void *at)
{
    return break_was_due() ? at : NULL;
}

TEST(rank, breaks_are_their_threads_alone)
{
    struct rank_breaks b;
    pthread_t other;
    void *was_due;

    (void)keep_breaks_off(SIG_BLOCK); /* what were for the whole program would be the other's too */
    rank_breaks_begin(&b);
    assert_int_equal(pthread_create(&other, NULL, compute, &b), 0);
    assert_int_equal(pthread_join(other, &was_due), 0);
    assert_true(break_was_due());
    rank_breaks_end(&b);
    assert_null(was_due);
}
