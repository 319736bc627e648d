/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/arena.h"
#include "base/mem.h"

static void count_up(void *arg)
{
    ++*(int *)arg;
}

TEST(arena, gives_zeroed_aligned_memory)
{
    struct arena *a = test_arena();

    for (size_t size = 1; size < 20000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc(a, size);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
}

TEST(arena, refuses_more_than_its_limit)
{
    SCOPED(arena_freep) struct arena *a = arena_new(16 * 1024);

    assert_non_null(arena_alloc(a, 8 * 1024));
    assert_non_null(arena_alloc(a, 8 * 1024));
    assert_null(arena_alloc(a, 8 * 1024));
}

TEST(arena, holds_little_for_what_is_small_and_stays)
{
    SCOPED(arena_freep) struct arena *a = arena_new_small(0);

    assert_non_null(arena_alloc(a, 100));
    assert_true(arena_size(a) < 1024);
    assert_non_null(arena_alloc(a, 100000));
    assert_non_null(arena_alloc(a, 100));
}

TEST(arena, refuses_an_array_whose_size_overflows)
{
    assert_null(arena_array(test_arena(), SIZE_MAX / 2, 3));
}

TEST(arena, runs_deferred_calls_when_freed)
{
    struct arena *a = arena_new(0);
    int calls = 0;

    assert_ok(arena_defer(a, count_up, &calls));
    assert_ok(arena_defer(a, count_up, &calls));
    assert_int_equal(calls, 0);
    arena_free(a);
    assert_int_equal(calls, 2);
}

TEST(arena, runs_a_call_at_once_that_it_cannot_defer)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    int calls = 0;

    mem_fail_at(1);
    assert_err(arena_defer(a, count_up, &calls), NO_MEMORY);
    mem_fail_at(0);
    assert_int_equal(calls, 1);
}

TEST(arena, rewinds_to_a_mark)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    char *before = arena_alloc(a, 16), *p;
    struct arena_mark mark = arena_mark(a);
    int calls = 0;

    before[0] = 'x';
    p = arena_alloc(a, 16);
    memset(p, 1, 16);
    assert_non_null(arena_alloc(a, 100000));
    assert_ok(arena_defer(a, count_up, &calls));
    arena_rewind(a, mark);
    assert_int_equal(calls, 1);
    assert_int_equal(before[0], 'x');
    assert_ptr_equal(arena_alloc(a, 16), p);
    assert_int_equal(p[0], 0);
}

TEST(arena, answers_null_when_memory_is_short)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);

    mem_fail_at(1);
    assert_null(arena_alloc(a, 1));
    mem_fail_at(0);
    assert_non_null(arena_alloc(a, 1));
}
