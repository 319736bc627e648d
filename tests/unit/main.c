/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every registered test of one executable. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum { TESTS_MAX = 1000 };

static struct CMUnitTest tests[TESTS_MAX];
static size_t count;
static struct arena *arena;

static int after(void **state UNUSED)
{
    arena_free(arena);
    arena = NULL;
    return 0;
}

void test_register(const char *name, CMUnitTestFunction fn)
{
    if (count == TESTS_MAX)
        abort();
    tests[count++] = (struct CMUnitTest){ .name = name, .test_func = fn, .teardown_func = after };
}

struct arena *test_arena(void)
{
    if (!arena)
        arena = arena_new(0);
    assert_non_null(arena);
    return arena;
}

void assert_str_at(struct str got, const char *want, const char *file, int line)
{
    if (str_is(got, want))
        return;
    print_error("got  \"%.*s\"\nwant \"%s\"\n", STR_FMT(got), want);
    _fail(file, line);
}

int main(void)
{
    if (count == 0) {
        fprintf(stderr, "no test was registered\n");
        return 1;
    }
    return _cmocka_run_group_tests("unit", tests, count, NULL, NULL);
}
