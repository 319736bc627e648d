/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/encoding.h"
#include "crypto/digest.h"
#include "crypto/password.h"

static void assert_digest(struct digest d, const char *want)
{
    struct str text;

    assert_ok(hex_encode(test_arena(), digest_str(&d), &text));
    assert_str(text, want);
}

TEST(digest, sha256_of_abc) /* FIPS 180-4, example */
{
    assert_digest(sha256(STR("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(digest, sha256_is_the_same_however_long_the_text)
{
    static const struct {
        size_t n;
        const char *want;
    } cases[] = {
        { 255, "b0f3323e7a3cad8ae6778340cc2a17ae0cb31c818df3767cda7c3dd423725e90" },
        { 256, "02d7160d77e18c6447be80c2e355c7ed4388545271702c50253b0914c65ce5fe" },
        { 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3" },
    };
    char text[1000];

    memset(text, 'a', sizeof(text));
    assert_ok(crypto_init());
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_digest(sha256((struct str){ text, cases[i].n }), cases[i].want);
}

TEST(digest, hmac_sha256_of_the_rfc_vectors) /* RFC 4231 4.3, 4.7 */
{
    char key[131];

    assert_digest(hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?")),
                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    assert_digest(hmac_sha256((struct str){ key, sizeof(key) },
                              STR("Test Using Larger Than Block-Size Key - Hash Key First")),
                  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(digest, secrets_are_equal_only_as_a_whole)
{
    assert_true(secret_equal(STR("abc"), STR("abc")));
    assert_false(secret_equal(STR("abc"), STR("abd")));
    assert_false(secret_equal(STR("abc"), STR("ab")));
    assert_true(secret_equal(STR(""), STR("")));
}

TEST(digest, derived_ids_depend_on_each_part)
{
    struct uuid nil = { { 0 } }, other = { { 1 } };
    struct uuid id = uuid_derived(nil, STR("a"), STR("b"));

    assert_true(uuid_eq(id, uuid_derived(nil, STR("a"), STR("b"))));
    assert_false(uuid_eq(id, uuid_derived(other, STR("a"), STR("b"))));
    assert_false(uuid_eq(id, uuid_derived(nil, STR("ab"), STR(""))));
    assert_int_equal(id.b[6] >> 4, 8);
}

TEST(password, matches_only_itself)
{
    struct str hash;
    bool right;

    assert_ok(crypto_init());
    assert_ok(password_hash(test_arena(), STR("correct horse"), &hash));
    assert_true(str_starts(hash, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_ok(password_verify(hash, STR("correct horse"), &right));
    assert_true(right);
    assert_ok(password_verify(hash, STR("correct horsf"), &right));
    assert_false(right);
    assert_ok(password_verify(hash, STR(""), &right));
    assert_false(right);
}

TEST(password, nobody_has_no_password)
{
    bool right = true;

    assert_ok(crypto_init());
    assert_ok(password_verify(STR_NONE, STR("password"), &right));
    assert_false(right);
}

static const struct {
    const char *hash; /* of "secret", with the salt "salty" */
    size_t digest;
} salted[] = {
    { "{SSHA}UgCJjM+VJJYduihDuk0aPpDtY9RzYWx0eQ==", 20 },
    { "{SSHA256}W2T0GtMfT9mqz2M6M2ugt7C4HxacLEVv3JHoqCU1LXpzYWx0eQ==", 32 },
    { "{SSHA384}tp/I1DQcH5j6x8LmIMT5Np4iQWtRFr6agM2kceu3OA+ZbjfnrNCKMDVtJ9OGKwVlc2FsdHk=", 48 },
    { "{SSHA512}cRZVawawrjxEyxFRA5IQOfoJR5ixDDGC21An2/SCqd4g0ur+UDDKUeANewBNE6RQaXqEPXjVWqZu8Xmy/YU3V3NhbHR5",
      64 },
};

/* Of "secret", by the crypt of another system. */
static const char bcrypt_hash[] = "{BCRYPT}$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";

static bool matches(const char *hash, const char *password)
{
    bool right;

    assert_ok(crypto_init());
    assert_ok(password_verify(str_from(hash), str_from(password), &right));
    return right;
}

TEST(password, matches_hashes_of_other_directories)
{
    for (size_t i = 0; i < LENGTH(salted); i++) {
        assert_int_equal(password_form(str_from(salted[i].hash)), PASSWORD_IS_ENCODED);
        assert_true(matches(salted[i].hash, "secret"));
        assert_false(matches(salted[i].hash, "secretsalty"));
        assert_false(matches(salted[i].hash, ""));
    }
    assert_int_equal(password_form(str_from(bcrypt_hash)), PASSWORD_IS_ENCODED);
    assert_true(matches(bcrypt_hash, "secret"));
    assert_false(matches(bcrypt_hash, "Secret"));
}

TEST(password, bcrypt_reads_past_no_nul)
{
    bool right;

    assert_ok(crypto_init());
    assert_ok(password_verify(str_from(bcrypt_hash), STR("secret\0more"), &right));
    assert_false(right);
}

TEST(password, never_matches_a_malformed_hash)
{
    static const char *const rows[] = {
        "{BCRYPT}", "{BCRYPT}$2b$05$", "{SSHA}", "{SSHA256}c2VjcmV0",
        "{BCRYPT}$2b$31$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_false(matches(rows[i], "secret"));
}

TEST(password, knows_what_is_encoded)
{
    static const struct {
        const char *value;
        enum password_form form;
    } rows[] = {
        { "secret", PASSWORD_IS_CLEAR },
        { "{secret}", PASSWORD_IS_CLEAR },
        { "{ssha}c2VjcmV0", PASSWORD_IS_CLEAR },
        { "SSHA", PASSWORD_IS_CLEAR },
        { "{PBKDF2}AAE=", PASSWORD_IS_UNKNOWN },
        { "{ARGON2}x", PASSWORD_IS_UNKNOWN },
        { "{SCRYPT}x", PASSWORD_IS_UNKNOWN },
        { "{SCRYPT_RFC7914}x", PASSWORD_IS_UNKNOWN },
        { "{MSKCC_PBKDF2}x", PASSWORD_IS_UNKNOWN },
        { "{SSHA}", PASSWORD_IS_UNKNOWN },
        { "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=", PASSWORD_IS_UNKNOWN }, /* 20 octets: no salt */
        { "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAA", PASSWORD_IS_ENCODED }, /* 21 */
        { "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAA ", PASSWORD_IS_UNKNOWN },
        { "{BCRYPT}", PASSWORD_IS_UNKNOWN },
        { "{BCRYPT}$2b$04$......................0123456789012345678901234567890", PASSWORD_IS_ENCODED },
        { "{BCRYPT}$2b$03$......................0123456789012345678901234567890", PASSWORD_IS_UNKNOWN },
        { "{BCRYPT}$2y$12$......................0123456789012345678901234567890", PASSWORD_IS_ENCODED },
        { "{BCRYPT}$2a$13$......................0123456789012345678901234567890", PASSWORD_IS_UNKNOWN },
        { "{BCRYPT}$2b$+4$......................0123456789012345678901234567890", PASSWORD_IS_UNKNOWN },
        { "{BCRYPT}$2x$04$......................0123456789012345678901234567890", PASSWORD_IS_UNKNOWN },
        { "{BCRYPT}$2b$04$......................012345678901234567890123456789=", PASSWORD_IS_UNKNOWN },
        { "{BCRYPT}$2b$04$......................012345678901234567890123456789", PASSWORD_IS_UNKNOWN },
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        if (password_form(str_from(rows[i].value)) != rows[i].form)
            fail_msg("another form: %s", rows[i].value);
}
