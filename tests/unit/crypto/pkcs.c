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

static struct str certificate_of(const struct key *k)
{
    struct x509_subject subject = { STR("CN=own"), 1, 0, 1, "SHA256" };
    struct str pem;

    assert_ok(x509_self_signed(test_arena(), k, &subject, &pem));
    return pem;
}

static void make_own(void)
{
    assert_ok(key_generate(KEY_ES256, 0, &own));
    own_pem = certificate_of(own);
}

static void free_own(void)
{
    key_free(own);
}

/* The octets of a file, which is freed. */
static struct str der_of(PKCS12 *file)
{
    unsigned char *der = NULL;
    int len = i2d_PKCS12(file, &der);
    struct str copy;

    assert_true(len > 0);
    assert_ok(str_copy(test_arena(), (struct str){ (char *)der, (size_t)len }, &copy));
    OPENSSL_free(der);
    PKCS12_free(file);
    return copy;
}

/* A file with our key; `iterations` of its encryption and of its MAC. */
static struct str file_of(const char *password, int iterations, int mac_iterations)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(own_pem);

    return der_of(
        PKCS12_create(password, NULL, key_handle(own), cert, NULL, 0, 0, iterations, mac_iterations, 0));
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

/* A file without encryption and MAC, whose one safe has these bags; they are freed. */
static struct str file_with(STACK_OF(PKCS12_SAFEBAG) * bags)
{
    STACK_OF(PKCS7) *safes = NULL;
    struct str der;

    assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
    der = der_of(PKCS12_add_safes(safes, 0));
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return der;
}

static STACK_OF(PKCS12_SAFEBAG) * bags_of(size_t keys, size_t certificates)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(own_pem);
    STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();

    while (keys--)
        assert_non_null(PKCS12_add_key(&bags, key_handle(own), 0, 0, -1, NULL));
    while (certificates--)
        assert_non_null(PKCS12_add_cert(&bags, cert));
    return bags;
}

TEST(pkcs12, has_one_key_and_up_to_ten_certificates)
{
    static const struct {
        size_t keys, certificates;
        enum err want;
    } rows[] = { { 1, 1, OK },      { 0, 1, INVALID }, { 2, 1, INVALID },
                 { 1, 0, INVALID }, { 1, 10, OK },     { 1, 11, INVALID } };
    struct pkcs12 p;

    make_own();
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (pkcs12_open(test_arena(), file_with(bags_of(rows[i].keys, rows[i].certificates)), STR(""), &p) !=
            rows[i].want)
            fail_msg("%zu keys, %zu certificates", rows[i].keys, rows[i].certificates);
    free_own();
}

TEST(pkcs12, refuses_a_key_of_no_known_kind)
{
    STACK_OF(PKCS12_SAFEBAG) * bags;
    PKCS8_PRIV_KEY_INFO *info = PKCS8_PRIV_KEY_INFO_new();
    unsigned char *octets = OPENSSL_zalloc(4);
    struct pkcs12 p;

    make_own();
    bags = bags_of(0, 1);
    assert_int_equal(PKCS8_pkey_set0(info, OBJ_nid2obj(NID_sha256), 0, V_ASN1_NULL, NULL, octets, 4), 1);
    assert_true(sk_PKCS12_SAFEBAG_push(bags, PKCS12_SAFEBAG_create0_p8inf(info)) > 0);
    assert_err(pkcs12_open(test_arena(), file_with(bags), STR(""), &p), INVALID);
    free_own();
}

TEST(pkcs12, refuses_another_keys_certificate_alone)
{
    struct key *other;
    struct str pem;
    struct pkcs12 p;

    make_own();
    pem = own_pem;
    other = own;
    make_own();
    own_pem = pem; /* of the other one */
    assert_err(pkcs12_open(test_arena(), file_with(bags_of(1, 1)), STR(""), &p), INVALID);
    key_free(other);
    free_own();
}

TEST(pkcs12, refuses_safes_that_are_none) /* RFC 7292 4 */
{
    /* version 3; pkcs7-data with four octets */
    static const char der[] = "\x30\x18\x02\x01\x03\x30\x13\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
                              "\xa0\x06\x04\x04none";
    struct pkcs12 p;

    assert_err(pkcs12_open(test_arena(), STR(der), STR(""), &p), INVALID);
}

/* Our certificate, changed, and signed anew. */
static struct str changed(void (*change)(X509 *), EVP_PKEY *signer, const EVP_MD *digest)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(own_pem);
    struct str pem;

    change(cert);
    assert_true(X509_sign(cert, signer, digest) > 0);
    assert_ok(x509_cert_write(test_arena(), cert, &pem));
    return pem;
}

static void keep(X509 *cert UNUSED)
{
}

static void break_time(X509 *cert)
{
    assert_int_equal(ASN1_STRING_set(X509_getm_notBefore(cert), "soon", -1), 1);
}

/* A name that is no text. */
static void break_name(X509 *cert)
{
    X509_NAME *name = X509_NAME_new();

    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_BIT_STRING, (const unsigned char *)"own", 3, -1, 0), 1);
    assert_int_equal(X509_set_subject_name(cert, name), 1);
    X509_NAME_free(name);
}

TEST(pkcs, refuses_certificates_whose_facts_cannot_be_read)
{
    static void (*const broken[])(X509 *) = { break_time, break_name };
    struct x509_facts facts;

    make_own();
    for (size_t i = 0; i < LENGTH(broken); i++)
        assert_err(x509_read(test_arena(), changed(broken[i], key_handle(own), EVP_sha256()), &facts),
                   INVALID);
    assert_int_equal(ERR_peek_error(), 0);
    free_own();
}

TEST(pkcs, knows_keys_of_rsa_and_of_curves_with_digests_of_sha2)
{
    EVP_PKEY *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    SCOPED(x509_cert_free) X509 *cert = NULL;
    struct x509_facts facts;
    struct str pem;

    make_own();
    assert_ok(x509_read(test_arena(), changed(keep, key_handle(own), EVP_sha384()), &facts));
    assert_string_equal(facts.digest, "SHA384");
    assert_ok(x509_read(test_arena(), changed(keep, key_handle(own), EVP_sha224()), &facts));
    assert_null(facts.digest);
    cert = x509_cert_read(own_pem);
    assert_int_equal(X509_set_pubkey(cert, edwards), 1);
    assert_true(X509_sign(cert, edwards, NULL) > 0);
    assert_ok(x509_cert_write(test_arena(), cert, &pem));
    assert_err(x509_read(test_arena(), pem, &facts), INVALID);
    EVP_PKEY_free(edwards);
    free_own();
}

TEST(pkcs, refuses_what_is_no_certificate)
{
    struct str out;

    make_own();
    assert_err(x509_first(test_arena(), STR("none"), &out), INVALID);
    assert_err(x509_collect(test_arena(), STR("none"), &out), INVALID);
    assert_err(x509_request(test_arena(), own, STR("none"), "SHA256", true, &out), INVALID);
    assert_err(x509_request(test_arena(), own, own_pem, "SHA0", true, &out), INVALID);
    free_own();
}
