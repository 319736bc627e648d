/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration leads to; its text is read by the fuzz target's corpus and tests/serve. */
#include "test.h"

#include "server/configuration.h"

#include <stdlib.h>

TEST(configuration, finds_the_master_key_in_its_variable)
{
    static const char name[] = "LATCHKEY_TEST_MASTER_KEY";
    struct configuration c = { .master_key = { .variable = name } };
    struct master_key made = master_key_generate(), k;
    struct str text;

    assert_ok(master_key_text(test_arena(), &made, &text));
    assert_err(configuration_master_key(test_arena(), &c, &k), NOT_FOUND);
    assert_int_equal(setenv(name, "none", 1), 0);
    assert_err(configuration_master_key(test_arena(), &c, &k), INVALID);
    assert_int_equal(setenv(name, text.p, 1), 0);
    assert_ok(configuration_master_key(test_arena(), &c, &k));
    assert_memory_equal(&k, &made, sizeof(k));
    assert_int_equal(unsetenv(name), 0);
}
