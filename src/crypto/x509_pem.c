/* SPDX-License-Identifier: Apache-2.0 */
/* PEM by OpenSSL. What a text has wrong with it is not left in the library's error queue. */
#include "crypto/x509_pem.h"

#include "crypto/failure.h"

#include <openssl/err.h>
#include <openssl/pem.h>

void x509_cert_free(X509 **c)
{
    X509_free(*c);
}

void x509_pkey_free(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

void x509_bio_free(BIO **b)
{
    BIO_free(*b);
}

void x509_certs_free(STACK_OF(X509) * *list)
{
    sk_X509_pop_free(*list, X509_free);
}

int x509_no_password(char *text UNUSED, int size UNUSED, int writing UNUSED, void *arg UNUSED)
{
    return -1;
}

X509 *x509_cert_read(struct str pem)
{
    SCOPED(x509_bio_free) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, x509_no_password, NULL) : NULL;

    failure_sift();
    return cert;
}

STACK_OF(X509) * x509_certs_read(struct str pem)
{
    SCOPED(x509_bio_free) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
    STACK_OF(X509) *list = sk_X509_new_null();
    bool good = bio && list;
    X509 *cert;

    while (good && (cert = PEM_read_bio_X509(bio, NULL, x509_no_password, NULL))) {
        good = sk_X509_num(list) < X509_CERTS_MAX && sk_X509_push(list, cert) > 0;
        if (!good)
            X509_free(cert);
    }
    good = good && sk_X509_num(list) > 0 && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    failure_sift();
    if (good)
        return list;
    x509_certs_free(&list);
    return NULL;
}

EVP_PKEY *x509_pkey_read(struct str pem)
{
    SCOPED(x509_bio_free) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, x509_no_password, NULL) : NULL;

    failure_sift();
    return key;
}

enum err x509_time_read(const ASN1_TIME *time, int64_t *ret_ms)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return INVALID;
    *ret_ms = (int64_t)timegm(&parts) * 1000;
    return OK;
}

enum err x509_bio_take(struct arena *a, BIO *bio, struct str *ret)
{
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    char *copy = arena_secret(a, (size_t)len + 1);

    if (!copy)
        return NO_MEMORY;
    memcpy(copy, text, (size_t)len);
    *ret = (struct str){ copy, (size_t)len };
    return OK;
}

enum err x509_cert_write(struct arena *a, X509 *cert, struct str *ret)
{
    SCOPED(x509_bio_free) BIO *bio = BIO_new(BIO_s_mem());

    if (!bio || PEM_write_bio_X509(bio, cert) != 1)
        return NO_MEMORY;
    return x509_bio_take(a, bio, ret);
}

static int find_own(STACK_OF(X509) * certs, const EVP_PKEY *key)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        bool own = X509_check_private_key(sk_X509_value(certs, i), key) == 1;

        failure_sift();
        if (own)
            return i;
    }
    return -1;
}

enum err x509_chain_write(struct arena *a, STACK_OF(X509) * certs, const EVP_PKEY *key, struct str *ret)
{
    SCOPED(x509_bio_free) BIO *bio = BIO_new(BIO_s_mem());
    int own = find_own(certs, key);

    if (own < 0)
        return DENIED;
    if (!bio || PEM_write_bio_X509(bio, sk_X509_value(certs, own)) != 1)
        return NO_MEMORY;
    for (int i = 0; i < sk_X509_num(certs); i++)
        if (i != own && PEM_write_bio_X509(bio, sk_X509_value(certs, i)) != 1)
            return NO_MEMORY;
    return x509_bio_take(a, bio, ret);
}
