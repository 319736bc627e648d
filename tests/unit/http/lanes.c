/* SPDX-License-Identifier: Apache-2.0 */
/* Event loops count for themselves and are counted together. */
#include "test.h"

#include "base/rank.h"
#include "http/lanes.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

enum { LOOPS = 2, REQUESTS = 1000, SIGNERS = 16 };

struct loop {
    pthread_t thread;
    struct lanes *lanes;
    struct lane *lane;
    struct arena *open; /* of the request that has not ended */
};

static void *serve(void *arg)
{
    struct loop *l = arg;

    l->lane = lanes_mine(l->lanes);
    for (int i = 0; i < REQUESTS; i++) {
        struct arena *a = lane_begin(l->lane);

        lane_count(l->lane, 204);
        lane_end(l->lane, a);
    }
    l->open = lane_begin(l->lane);
    return NULL;
}

TEST(lanes, are_counted_together)
{
    struct loop loops[LOOPS];
    uint64_t by_status[STATUS_CLASSES];
    struct lanes *l;

    assert_ok(lanes_new(LOOPS, &l));
    for (size_t i = 0; i < LOOPS; i++) {
        loops[i].lanes = l;
        assert_int_equal(pthread_create(&loops[i].thread, NULL, serve, &loops[i]), 0);
    }
    for (size_t i = 0; i < LOOPS; i++)
        pthread_join(loops[i].thread, NULL);
    assert_ptr_not_equal(loops[0].lane, loops[1].lane);
    assert_int_equal(lanes_begun(l), LOOPS);
    for (size_t i = 0; i < LOOPS; i++)
        lane_end(loops[i].lane, loops[i].open); /* here, as a worker would */
    assert_int_equal(lanes_begun(l), 0);
    lanes_counts(l, by_status);
    for (size_t i = 0; i < STATUS_CLASSES; i++)
        assert_int_equal(by_status[i], i == 2 ? LOOPS * REQUESTS : 0);
    lanes_free(l);
}

struct listener {
    struct lanes *lanes;
    cpu_set_t cores; /* of its first event loop */
};

static void *find_cores(void *arg)
{
    struct listener *l = arg;

    (void)lanes_mine(l->lanes);
    sched_getaffinity(0, sizeof(l->cores), &l->cores);
    return NULL;
}

TEST(lanes, of_two_listeners_begin_at_different_cores)
{
    struct listener listeners[2];
    pthread_t thread;

    for (size_t i = 0; i < LENGTH(listeners); i++) {
        assert_ok(lanes_new(rank_cores(), &listeners[i].lanes));
        assert_int_equal(pthread_create(&thread, NULL, find_cores, &listeners[i]), 0);
        pthread_join(thread, NULL);
        assert_int_equal(CPU_COUNT(&listeners[i].cores), 1);
        lanes_free(listeners[i].lanes);
    }
    assert_int_equal(CPU_EQUAL(&listeners[0].cores, &listeners[1].cores), rank_cores() == 1);
}

/* The lane is this thread's, and no other after it. */
TEST(lanes, give_the_place_of_a_signer_on_when_it_signs_nothing_or_nothing_more)
{
    const struct timespec second = { .tv_sec = 1, .tv_nsec = 50 * 1000 * 1000 };
    const char connections[SIGNERS + 1] = { 0 }, *more = &connections[SIGNERS];
    struct lanes *l;
    struct lane *lane;

    assert_ok(lanes_new(1, &l));
    lane = lanes_mine(l);
    for (size_t i = 0; i <= SIGNERS; i++)
        assert_int_equal(lane_may_sign(lane, &connections[i]), i < SIGNERS);
    lane_did_not_sign(lane, more); /* nor had it a place */
    assert_false(lane_may_sign(lane, more));
    lane_did_not_sign(lane, &connections[3]);
    assert_true(lane_may_sign(lane, more));
    assert_false(lane_may_sign(lane, &connections[3]));
    nanosleep(&second, NULL);
    assert_true(lane_may_sign(lane, &connections[3]));
    for (size_t i = 1; i < SIGNERS; i++)
        assert_true(lane_may_sign(lane, i == 3 ? more : &connections[i]));
    assert_false(lane_may_sign(lane, &connections[0])); /* its place was the oldest */
    lanes_free(l);
}
