/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/clock.h"
#include "crypto/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

static const char *const here[] = { "localhost", "127.0.0.1", "::1", NULL };
static const char *const elsewhere[] = { "example.com", NULL };

static X509 *read_pem(struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    assert_non_null(cert);
    return cert;
}

static bool verifies(const struct certified *authority, const struct certified *server)
{
    X509 *ca = read_pem(authority->certificate_pem), *cert = read_pem(server->certificate_pem);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool good;

    X509_STORE_add_cert(store, ca);
    X509_STORE_CTX_init(context, store, cert, NULL);
    good = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(cert);
    X509_free(ca);
    return good;
}

TEST(x509, the_authority_vouches_for_its_hosts)
{
    struct certified authority, server;
    bool good;

    assert_ok(x509_authority_new(test_arena(), here, &authority));
    assert_ok(x509_server_new(test_arena(), &authority, here, &server));
    assert_true(verifies(&authority, &server));
    assert_ok(x509_serves(server.certificate_pem, here, clock_now_ms(), &good));
    assert_true(good);
}

TEST(x509, the_authority_cannot_vouch_for_others) /* RFC 5280 4.2.1.10 */
{
    struct certified authority, server;
    bool good;

    assert_ok(x509_authority_new(test_arena(), here, &authority));
    assert_ok(x509_server_new(test_arena(), &authority, elsewhere, &server));
    assert_false(verifies(&authority, &server));
    assert_ok(x509_serves(server.certificate_pem, here, clock_now_ms(), &good));
    assert_false(good);
}

TEST(x509, a_certificate_belongs_to_its_key_and_its_authority)
{
    struct certified authority, server, other, mixed;

    assert_ok(x509_authority_new(test_arena(), here, &authority));
    assert_ok(x509_authority_new(test_arena(), here, &other));
    assert_ok(x509_server_new(test_arena(), &authority, here, &server));
    assert_true(x509_belongs(&server, authority.certificate_pem));
    assert_false(x509_belongs(&server, other.certificate_pem));
    mixed = (struct certified){ server.certificate_pem, other.key_pem };
    assert_false(x509_belongs(&mixed, authority.certificate_pem));
    assert_false(x509_belongs(&server, STR("x")));
}

TEST(x509, a_certificate_serves_only_in_its_time)
{
    struct certified authority;
    bool good;

    assert_ok(x509_authority_new(test_arena(), here, &authority));
    assert_ok(x509_serves(authority.certificate_pem, (const char *const[]){ NULL },
                          clock_now_ms() + INT64_C(4000) * 86400000, &good));
    assert_false(good);
    assert_err(x509_serves(STR("x"), here, 0, &good), INVALID);
}

TEST(x509, refuses_a_host_that_is_none)
{
    struct certified authority;

    assert_err(x509_authority_new(test_arena(), (const char *const[]){ "a,b", NULL }, &authority), INVALID);
    assert_err(x509_authority_new(test_arena(), (const char *const[]){ "", NULL }, &authority), INVALID);
}

TEST(x509, an_encrypted_key_is_refused_and_no_password_asked)
{
    struct certified authority, server;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long len;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
    len = BIO_get_mem_data(bio, &text);
    assert_ok(x509_authority_new(test_arena(), here, &authority));
    server = (struct certified){ authority.certificate_pem, { text, (size_t)len } };
    assert_false(x509_belongs(&server, authority.certificate_pem));
    assert_int_equal(ERR_peek_error(), 0);
    BIO_free(bio);
    EVP_PKEY_free(key);
}

TEST(x509, a_period_has_its_ends) /* RFC 5280 4.1.2.5 */
{
    struct certified authority, server;
    struct x509_period p;

    assert_ok(x509_authority_new(test_arena(), here, &authority));
    assert_ok(x509_server_new(test_arena(), &authority, here, &server));
    assert_ok(x509_period_read(server.certificate_pem, &p));
    assert_int_equal((p.until_ms - p.from_ms) / 86400000, 397);
    assert_true(x509_period_has(&p, p.from_ms) && x509_period_has(&p, p.until_ms));
    assert_false(x509_period_has(&p, p.from_ms - 1) || x509_period_has(&p, p.until_ms + 1));
    assert_err(x509_period_read(STR("x"), &p), INVALID);
}
