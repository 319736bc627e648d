/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, requests and PKCS #7 by OpenSSL. Whatever is wrong with a stranger's file leaves nothing in
 * the library's error queue. */
#include "crypto/pkcs.h"

#include "crypto/failure.h"
#include "crypto/x509_pem.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <time.h>

enum { SERIAL_BITS_MAX = 160 };

static void request_free(X509_REQ **r)
{
    X509_REQ_free(*r);
}

static void pkcs7_free(PKCS7 **p)
{
    PKCS7_free(*p);
}

/* "CN=x, OU=y" in the order of the name. */
static enum err write_name(struct arena *a, const X509_NAME *name, struct str *ret)
{
    SCOPED(x509_bio_free) BIO *bio = BIO_new(BIO_s_mem());
    const unsigned long form = ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_UTF8_CONVERT |
                               XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;

    if (!bio || X509_NAME_print_ex(bio, name, 0, form) < 0)
        return NO_MEMORY;
    return x509_bio_take(a, bio, ret);
}

static enum err read_common_name(struct arena *a, const X509_NAME *name, struct str *ret)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1), len;
    unsigned char *text;
    enum err e;

    if (at < 0)
        return OK;
    len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (len < 0)
        return INVALID;
    e = str_copy(a, (struct str){ (char *)text, (size_t)len }, ret);
    OPENSSL_free(text);
    return e;
}

static enum err read_serial(struct arena *a, const X509 *cert, struct str *ret)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    bool good = n && !BN_is_negative(n) && BN_num_bits(n) <= SERIAL_BITS_MAX;
    char *text = good ? BN_bn2dec(n) : NULL;
    enum err e = text ? str_copy(a, str_from(text), ret) : INVALID;

    OPENSSL_free(text);
    BN_free(n);
    return e;
}

static const char *digest_of(const X509 *cert)
{
    static const struct {
        int nid;
        const char *name;
    } rows[] = { { NID_sha256, "SHA256" }, { NID_sha384, "SHA384" }, { NID_sha512, "SHA512" } };
    int digest = NID_undef;

    (void)!OBJ_find_sigid_algs(X509_get_signature_nid(cert), &digest, NULL);
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (rows[i].nid == digest)
            return rows[i].name;
    return NULL;
}

static enum err read_facts(struct arena *a, X509 *cert, struct x509_facts *ret)
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    struct x509_facts f = { .digest = digest_of(cert) };

    if (!key || (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA && EVP_PKEY_get_base_id(key) != EVP_PKEY_EC))
        return INVALID;
    f.ec = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
    f.bits = EVP_PKEY_get_bits(key);
    TRY(write_name(a, X509_get_subject_name(cert), &f.subject));
    TRY(write_name(a, X509_get_issuer_name(cert), &f.issuer));
    TRY(read_common_name(a, X509_get_subject_name(cert), &f.common_name));
    TRY(read_serial(a, cert, &f.serial));
    TRY(x509_time_read(X509_get0_notBefore(cert), &f.starts_at_ms));
    TRY(x509_time_read(X509_get0_notAfter(cert), &f.ends_at_ms));
    *ret = f;
    return OK;
}

enum err x509_read(struct arena *a, struct str pem, struct x509_facts *ret)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(pem);
    enum err e = cert ? read_facts(a, cert, ret) : INVALID;

    return failure_of(e);
}

/* Signed, and looked at, as a certificate is. */
static enum err sign_request(X509_REQ *request, const struct key *k, const EVP_MD *digest)
{
    if (X509_REQ_sign(request, key_handle(k), digest) > 0 && X509_REQ_verify(request, key_handle(k)) == 1)
        return OK;
    ERR_clear_error();
    return NO_MEMORY;
}

enum err x509_request(struct arena *a, const struct key *k, struct str certificate_pem, const char *digest,
                      bool pem, struct str *ret)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(certificate_pem);
    SCOPED(request_free) X509_REQ *request = X509_REQ_new();
    SCOPED(x509_bio_free) BIO *bio = BIO_new(BIO_s_mem());
    const EVP_MD *md = EVP_get_digestbyname(digest);

    if (!cert || !md)
        return failure_of(INVALID);
    if (!request || !bio || X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1 ||
        X509_REQ_set_subject_name(request, X509_get_subject_name(cert)) != 1 ||
        X509_REQ_set_pubkey(request, key_handle(k)) != 1)
        return NO_MEMORY;
    TRY(sign_request(request, k, md));
    if ((pem ? PEM_write_bio_X509_REQ(bio, request) : i2d_X509_REQ_bio(bio, request)) != 1)
        return NO_MEMORY;
    return x509_bio_take(a, bio, ret);
}

enum err x509_collect(struct arena *a, struct str chain_pem, struct str *ret)
{
    SCOPED(x509_certs_free) STACK_OF(X509) *certs = x509_certs_read(chain_pem);
    SCOPED(pkcs7_free) PKCS7 *p7 = PKCS7_new();
    SCOPED(x509_bio_free) BIO *bio = BIO_new(BIO_s_mem());

    if (!certs)
        return failure_of(INVALID);
    if (!p7 || !bio || PKCS7_set_type(p7, NID_pkcs7_signed) != 1)
        return NO_MEMORY;
    p7->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
    for (int i = 0; i < sk_X509_num(certs); i++)
        if (PKCS7_add_certificate(p7, sk_X509_value(certs, i)) != 1)
            return NO_MEMORY;
    return i2d_PKCS7_bio(bio, p7) == 1 ? x509_bio_take(a, bio, ret) : NO_MEMORY;
}

enum err x509_first(struct arena *a, struct str chain_pem, struct str *ret)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(chain_pem);

    return cert ? x509_cert_write(a, cert, ret) : failure_of(INVALID);
}

static PKCS7 *read_pkcs7(struct str file)
{
    const unsigned char *at = (const unsigned char *)file.p;
    SCOPED(x509_bio_free) BIO *bio = BIO_new_mem_buf(file.p, (int)file.len);
    PKCS7 *p7 = bio ? PEM_read_bio_PKCS7(bio, NULL, x509_no_password, NULL) : NULL;

    return p7 ? p7 : d2i_PKCS7(NULL, &at, (long)file.len);
}

/* The certificates in PKCS #7. -> NULL: none */
static STACK_OF(X509) * read_collected(struct str file)
{
    SCOPED(pkcs7_free) PKCS7 *p7 = read_pkcs7(file);
    bool has = p7 && PKCS7_type_is_signed(p7) && p7->d.sign && p7->d.sign->cert &&
               sk_X509_num(p7->d.sign->cert) > 0 && sk_X509_num(p7->d.sign->cert) <= X509_CERTS_MAX;

    return has ? X509_chain_up_ref(p7->d.sign->cert) : NULL;
}

static STACK_OF(X509) * read_der(struct str file)
{
    const unsigned char *at = (const unsigned char *)file.p;
    X509 *cert = d2i_X509(NULL, &at, (long)file.len);
    STACK_OF(X509) *list = cert ? sk_X509_new_null() : NULL;

    if (list && sk_X509_push(list, cert) > 0)
        return list;
    X509_free(cert);
    sk_X509_free(list);
    return NULL;
}

static STACK_OF(X509) * read_response(struct str file)
{
    STACK_OF(X509) *certs = x509_certs_read(file);

    certs = certs ? certs : read_collected(file);
    certs = certs ? certs : read_der(file);
    return certs;
}

enum err x509_response(struct arena *a, struct str file, const struct key *k, struct str *ret)
{
    SCOPED(x509_certs_free) STACK_OF(X509) *certs = read_response(file);

    return failure_of(certs ? x509_chain_write(a, certs, key_handle(k), ret) : INVALID);
}
