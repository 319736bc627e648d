/* SPDX-License-Identifier: Apache-2.0 */
/* The library's certificates and keys to and from PEM, for the files of this module alone. */
#ifndef CRYPTO_X509_PEM_H
#define CRYPTO_X509_PEM_H

#include "base/str.h"

#include <openssl/x509.h>

enum { X509_CERTS_MAX = 10 }; /* in one file */

/** For SCOPED variables: a certificate, or NULL. */
void x509_cert_free(X509 **c);

/** For SCOPED variables: a key, or NULL. */
void x509_pkey_free(EVP_PKEY **k);

/** For SCOPED variables: a stream, or NULL. */
void x509_bio_free(BIO **b);

/** For SCOPED variables: a list and its certificates, or NULL. */
void x509_certs_free(STACK_OF(X509) * *list);

/** The library's callback for a password: there is none, so that what is encrypted is refused. Left to itself
 * it asks on the terminal. */
int x509_no_password(char *text, int size, int writing, void *arg);

/** The first certificate of a text; the caller frees it. -> NULL: none, or no memory */
X509 *x509_cert_read(struct str pem) MUST_CHECK;

/** All certificates of a text in their order, at least one; the caller frees the list. -> NULL: none, one
 * that is damaged, or no memory */
STACK_OF(X509) * x509_certs_read(struct str pem) MUST_CHECK;

/** The private key of a text; one that is encrypted is refused. The caller frees it. -> NULL: none, or no
 * memory */
EVP_PKEY *x509_pkey_read(struct str pem) MUST_CHECK;

/** A time of a certificate, in milliseconds since 1970. -> OK; INVALID */
enum err x509_time_read(const ASN1_TIME *time, int64_t *ret_ms) MUST_CHECK;

/** What was written to a memory BIO, in secret memory. -> OK; NO_MEMORY */
enum err x509_bio_take(struct arena *a, BIO *bio, struct str *ret) MUST_CHECK;

/** A certificate as PEM. -> OK; NO_MEMORY */
enum err x509_cert_write(struct arena *a, X509 *cert, struct str *ret) MUST_CHECK;

/** Certificates as PEM, the one of `key` first, then the others in their order. -> OK; DENIED: none is the
 * key's; NO_MEMORY */
enum err x509_chain_write(struct arena *a, STACK_OF(X509) * certs, const EVP_PKEY *key,
                          struct str *ret) MUST_CHECK;

#endif
