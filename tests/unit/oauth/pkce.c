/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "oauth/pkce.h"

TEST(pkce, takes_the_rfc_example) /* RFC 7636 B */
{
    const struct str verifier = STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
                     challenge = STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");

    assert_ok(pkce_check(test_arena(), challenge, STR("S256"), verifier));
    assert_err(pkce_check(test_arena(), challenge, STR("plain"), verifier), DENIED);
    assert_ok(pkce_check(test_arena(), verifier, STR_NONE, verifier));
}

TEST(pkce, takes_43_to_128_unreserved_characters) /* RFC 7636 4.1 */
{
    char text[130];

    memset(text, 'a', sizeof(text));
    assert_false(pkce_is_well_formed((struct str){ text, 42 }));
    assert_true(pkce_is_well_formed((struct str){ text, 43 }));
    assert_true(pkce_is_well_formed((struct str){ text, 128 }));
    assert_false(pkce_is_well_formed((struct str){ text, 129 }));
    text[5] = '+';
    assert_false(pkce_is_well_formed((struct str){ text, 43 }));
}

TEST(pkce, wants_no_verifier_without_a_challenge)
{
    assert_ok(pkce_check(test_arena(), STR_NONE, STR_NONE, STR_NONE));
    assert_err(pkce_check(test_arena(), STR_NONE, STR_NONE, STR("a")), DENIED);
}
