/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "crypto/pkcs.h"
#include "crypto/pkcs12.h"
#include "crypto/x509.h"
#include "crypto/x509_pem.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

static struct key *own;
static struct str own_pem;

static void make_own(void)
{
    struct x509_subject subject = { STR("CN=own"), 1, 0, 1, "SHA256" };

    assert_ok(key_generate(KEY_ES256, 0, &own));
    assert_ok(x509_self_signed(test_arena(), own, &subject, &own_pem));
}

static void free_own(void)
{
    key_free(own);
}

/* A file with our key; `iterations` of its encryption and of its MAC. */
static struct str file_of(const char *password, int iterations, int mac_iterations)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(own_pem);
    PKCS12 *file =
        PKCS12_create(password, NULL, key_handle(own), cert, NULL, 0, 0, iterations, mac_iterations, 0);
    unsigned char *der = NULL;
    int len = i2d_PKCS12(file, &der);
    struct str copy;

    assert_true(len > 0);
    assert_ok(str_copy(test_arena(), (struct str){ (char *)der, (size_t)len }, &copy));
    OPENSSL_free(der);
    PKCS12_free(file);
    return copy;
}

TEST(pkcs12, opens_its_own_key)
{
    struct pkcs12 p;
    struct str der;

    make_own();
    assert_ok(pkcs12_open(test_arena(), file_of("secret", 1, 1), STR("secret"), &p));
    assert_ok(key_to_der(test_arena(), own, &der));
    assert_true(str_eq(p.key_der, der));
    assert_true(str_eq(p.chain_pem, own_pem));
    assert_true(str_is_none(p.name));
    assert_err(pkcs12_open(test_arena(), file_of("secret", 1, 1), STR("Secret"), &p), DENIED);
    assert_int_equal(ERR_peek_error(), 0);
    free_own();
}

TEST(pkcs12, takes_passwords_of_two_kinds_of_nothing) /* RFC 7292 B.1 */
{
    struct pkcs12 p;

    make_own();
    assert_ok(pkcs12_open(test_arena(), file_of("", 1, 1), STR(""), &p));
    assert_ok(pkcs12_open(test_arena(), file_of(NULL, 1, 1), STR(""), &p));
    free_own();
}

TEST(pkcs12, refuses_to_work_for_long)
{
    static const struct {
        int mac_iterations; /* of 2000000 in all; the certificate's encryption has one, and the key's */
        enum err want;
    } rows[] = { { 1999998, OK }, { 1999999, INVALID }, { 2000000, INVALID }, { 2000001, INVALID } };
    struct pkcs12 p;

    make_own();
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(pkcs12_open(test_arena(), file_of("secret", 1, rows[i].mac_iterations), STR("secret"), &p),
                   rows[i].want);
    assert_int_equal(ERR_peek_error(), 0);
    free_own();
}

TEST(pkcs, refuses_serial_numbers_over_20_octets) /* RFC 5280 4.1.2.2 */
{
    struct x509_facts facts;

    for (int bits = 160; bits <= 161; bits++) {
        SCOPED(x509_cert_free) X509 *cert = NULL;
        BIGNUM *serial = BN_new();
        struct str pem;

        make_own();
        cert = x509_cert_read(own_pem);
        assert_int_equal(BN_set_bit(serial, bits - 1), 1);
        assert_non_null(BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)));
        assert_true(X509_sign(cert, key_handle(own), EVP_sha256()) > 0);
        assert_ok(x509_cert_write(test_arena(), cert, &pem));
        assert_err(x509_read(test_arena(), pem, &facts), bits == 160 ? OK : INVALID);
        BN_free(serial);
        free_own();
    }
}
