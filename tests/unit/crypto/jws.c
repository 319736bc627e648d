/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/wait.h"
#include "crypto/jws.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

static struct str sign(const struct key *k)
{
    struct str token;

    assert_ok(jws_sign(test_arena(), k, STR("k1"), "JWT", STR("{\"sub\":\"a\"}"), &token));
    return token;
}

static struct key *make(enum key_algorithm algorithm)
{
    struct key *k;

    assert_ok(key_generate(algorithm, 2048, &k));
    return k;
}

TEST(jws, verifies_what_it_signed_with_each_algorithm)
{
    for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++) {
        SCOPED(key_freep) struct key *k = make(i);
        struct jws j;

        assert_ok(jws_parse(test_arena(), sign(k), &j));
        assert_ok(jws_verify(test_arena(), k, &j));
        assert_str(json_path_str(j.payload, "sub"), "a");
        assert_str(j.kid, "k1");
        assert_str(j.algorithm, key_algorithm_name(i));
    }
}

/* RFC 7518 3.3; one of 2048 bits is what such a thread has time for */
TEST(jws, is_not_signed_by_a_long_key_on_a_thread_that_may_not_wait)
{
    SCOPED(key_freep) struct key *common = make(KEY_RS256);
    SCOPED(key_freep) struct key *longer = NULL;
    struct str token;

    assert_ok(key_generate(KEY_RS256, 3072, &longer));
    wait_forbid();
    (void)sign(common);
    assert_false(wait_was_wanted());
    wait_forbid();
    assert_err(jws_sign(test_arena(), longer, STR("k1"), "JWT", STR("{}"), &token), UNAVAILABLE);
    assert_true(wait_was_wanted());
    (void)sign(longer);
}

TEST(jws, refuses_another_keys_signature)
{
    SCOPED(key_freep) struct key *k = make(KEY_ES256);
    SCOPED(key_freep) struct key *other = make(KEY_ES256);
    struct jws j;

    assert_ok(jws_parse(test_arena(), sign(k), &j));
    assert_err(jws_verify(test_arena(), other, &j), DENIED);
}

TEST(jws, refuses_an_algorithm_that_is_not_the_keys) /* RFC 8725 3.1 */
{
    SCOPED(key_freep) struct key *k = make(KEY_RS256);
    struct jws j;

    assert_ok(jws_parse(test_arena(), sign(k), &j));
    j.algorithm = STR("RS512");
    assert_err(jws_verify(test_arena(), k, &j), DENIED);
    j.algorithm = STR("none");
    assert_err(jws_verify(test_arena(), k, &j), DENIED);
}

TEST(jws, refuses_a_changed_payload)
{
    SCOPED(key_freep) struct key *k = make(KEY_ES256);
    struct str token = sign(k);
    struct jws j;

    /* eyJzdWIiOiJhIn0 is {"sub":"a"}; a "b" differs in one character */
    for (size_t i = 0; i + 15 < token.len; i++)
        if (memcmp(token.p + i, "eyJzdWIiOiJhIn0", 15) == 0)
            ((char *)(uintptr_t)token.p)[i + 11] = 'i';
    assert_ok(jws_parse(test_arena(), token, &j));
    assert_err(jws_verify(test_arena(), k, &j), DENIED);
}

TEST(jws, refuses_what_is_no_token)
{
    static const char *const rows[] = {
        "",
        "a",
        "e30.e30",
        "e30.e30.e30.e30",
        "e30=.e30.",
        "W10.e30.",             /* a header that is no object */
        "e30.W10.",             /* a payload that is no object */
        "eyJjcml0IjpbXX0.e30.", /* crit, RFC 7515 4.1.11 */
        "eyJiNjQiOmZhbHNlfQ.e30.",
    };
    struct jws j;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(jws_parse(test_arena(), str_from(rows[i]), &j), INVALID);
}

TEST(jws, refuses_a_token_over_its_limit)
{
    char *text = arena_alloc(test_arena(), JWS_LENGTH_MAX + 2);
    struct jws j;

    memset(text, 'a', JWS_LENGTH_MAX + 1);
    assert_err(jws_parse(test_arena(), (struct str){ text, JWS_LENGTH_MAX + 1 }, &j), INVALID);
}

TEST(key, comes_back_from_its_der)
{
    SCOPED(key_freep) struct key *k = make(KEY_RS256);
    SCOPED(key_freep) struct key *again = NULL;
    struct str der;
    struct jws j;

    assert_ok(key_to_der(test_arena(), k, &der));
    assert_ok(key_from_der(der, KEY_RS256, &again));
    assert_ok(jws_parse(test_arena(), sign(k), &j));
    assert_ok(jws_verify(test_arena(), again, &j));
}

TEST(key, refuses_der_of_another_kind)
{
    SCOPED(key_freep) struct key *k = make(KEY_ES256);
    struct key *other;
    struct str der;

    assert_ok(key_to_der(test_arena(), k, &der));
    assert_err(key_from_der(der, KEY_RS256, &other), INVALID);
    assert_err(key_from_der(STR("x"), KEY_RS256, &other), INVALID);
    assert_err(key_generate(KEY_RS256, 1024, &other), INVALID);
}

TEST(key, refuses_der_of_another_curve_or_size) /* RFC 7518 3.3, 3.4 */
{
    static const struct {
        const char *name;
        enum key_algorithm algorithm;
    } rows[] = {
        { "P-256", KEY_ES384 },
        { "P-384", KEY_ES256 },
        { "secp256k1", KEY_ES256 },
        { NULL, KEY_RS256 },
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        EVP_PKEY *pkey = rows[i].name ? EVP_EC_gen((char *)(uintptr_t)rows[i].name) : EVP_RSA_gen(1024);
        unsigned char *der = NULL;
        int len = i2d_PrivateKey(pkey, &der);
        struct key *k = NULL;

        assert_true(len > 0);
        assert_err(key_from_der((struct str){ (char *)der, (size_t)len }, rows[i].algorithm, &k), INVALID);
        OPENSSL_free(der);
        EVP_PKEY_free(pkey);
    }
}

TEST(key, refuses_octets_behind_its_der)
{
    SCOPED(key_freep) struct key *k = make(KEY_ES256);
    struct key *other;
    struct str der, longer;

    assert_ok(key_to_der(test_arena(), k, &der));
    assert_ok(str_copy(test_arena(), der, &longer));
    longer.len++; /* the NUL */
    assert_err(key_from_der(longer, KEY_ES256, &other), INVALID);
}

TEST(key, leaves_no_error_behind_when_it_refuses)
{
    SCOPED(key_freep) struct key *k = make(KEY_RS256);
    struct key *other;

    assert_err(key_verify(test_arena(), k, STR("text"), STR("no signature")), DENIED);
    assert_int_equal(ERR_peek_error(), 0);
    assert_err(key_from_der(STR("x"), KEY_RS256, &other), INVALID);
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(key, shows_only_its_public_half)
{
    SCOPED(key_freep) struct key *k = make(KEY_ES256);
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    const struct json *v;
    struct str text;

    assert_ok(key_write_jwk(&b, k, STR("k1")));
    assert_ok(buf_finish(&b, &text));
    assert_ok(json_parse(test_arena(), text, NULL, &v));
    assert_str(json_path_str(v, "crv"), "P-256");
    assert_int_equal(json_path_str(v, "x").len, 43);
    assert_null(json_get(v, "d"));
}
