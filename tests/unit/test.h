/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with tests that register themselves: TEST(group, sentence) { assert_...(...); } */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

/** Add a test to those that main runs, in the order of their definition. */
void test_register(const char *name, CMUnitTestFunction fn);

#define TEST(group, sentence)                                                                                \
    static void test_##group##_##sentence(void **state);                                                     \
    __attribute__((constructor)) static void register_##group##_##sentence(void)                             \
    {                                                                                                        \
        test_register(#group ": " #sentence, test_##group##_##sentence);                                     \
    }                                                                                                        \
    static void test_##group##_##sentence(void **state UNUSED)

/** An arena that is freed after the test; the same one all through a test. */
struct arena *test_arena(void);

/** Equal texts, shown when they differ. */
#define assert_str(got, want) assert_str_at((got), (want), __FILE__, __LINE__)
void assert_str_at(struct str got, const char *want, const char *file, int line);

#define assert_err(call, want) assert_int_equal((call), (want))
#define assert_ok(call)        assert_int_equal((call), OK)

#endif
