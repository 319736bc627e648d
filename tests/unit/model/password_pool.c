/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "crypto/digest.h"
#include "model/password_pool.h"

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
