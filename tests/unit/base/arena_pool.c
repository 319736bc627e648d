/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/arena_pool.h"

static void count_up(void *arg)
{
    ++*(int *)arg;
}

TEST(arena_pool, gives_an_empty_arena_after_a_full_one)
{
    struct arena_pool *p = arena_pool_new(0, 1);
    struct arena *a = arena_pool_take(p);
    unsigned char *octets;
    int ended = 0;

    assert_ok(arena_defer(a, count_up, &ended));
    octets = arena_alloc(a, 5000);
    memset(octets, 0xff, 5000);
    assert_non_null(arena_alloc(a, 50000));
    arena_pool_give(p, a);
    assert_int_equal(ended, 1);
    a = arena_pool_take(p);
    assert_true(arena_size(a) < 50000);
    octets = arena_alloc(a, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(octets[i], 0);
    arena_pool_give(p, a);
    assert_int_equal(ended, 1);
    arena_pool_free(p);
}

TEST(arena_pool, holds_each_arena_to_the_limit)
{
    struct arena_pool *p = arena_pool_new(16 * 1024, 1);
    struct arena *a = arena_pool_take(p), *other = arena_pool_take(p);

    for (int i = 0; i < 2; i++) {
        assert_non_null(arena_alloc(a, 12 * 1024));
        assert_null(arena_alloc(a, 12 * 1024));
        arena_pool_give(p, a);
        a = arena_pool_take(p);
    }
    arena_pool_give(p, a);
    arena_pool_give(p, other); /* one more than it keeps */
    arena_pool_give(p, NULL);
    arena_pool_free(p);
}
