/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates (RFC 5280): the development authority with its server certificate, and self-signed ones for
 * keys. */
#ifndef CRYPTO_X509_H
#define CRYPTO_X509_H

#include "crypto/key.h"

/* A certificate and its private key, both PEM; the key in secret memory. */
struct certified {
    struct str certificate_pem, key_pem;
};

/**
 * Make an authority that can only vouch for these hosts (name constraints, RFC 5280 4.2.1.10): P-256, 10
 * years.
 *
 * hosts  DNS names and IP addresses, NULL at the end
 * ->     OK; INVALID: a host; NO_MEMORY
 */
enum err x509_authority_new(struct arena *a, const char *const *hosts, struct certified *ret) MUST_CHECK;

/** A server certificate for these hosts by that authority: P-256, 397 days. -> OK; INVALID; NO_MEMORY */
enum err x509_server_new(struct arena *a, const struct certified *authority, const char *const *hosts,
                         struct certified *ret) MUST_CHECK;

/** What a self-signed certificate of a key says. */
struct x509_subject {
    struct str dn; /* "CN=x, OU=y, O=z, L=, ST=, C=US" */
    int64_t serial;
    int64_t starts_at_ms;
    int validity_days;
    const char *digest; /* "SHA256" */
};

/** -> OK (PEM); INVALID: the name; NO_MEMORY */
enum err x509_self_signed(struct arena *a, const struct key *k, const struct x509_subject *subject,
                          struct str *ret) MUST_CHECK;

/* When a certificate is valid, in milliseconds since 1970. */
struct x509_period {
    int64_t from_ms, until_ms;
};

/** The first certificate's. -> OK; INVALID: not a certificate; NO_MEMORY */
enum err x509_period_read(struct str certificate_pem, struct x509_period *ret) MUST_CHECK;

/** Whether a time is within it, the ends included (RFC 5280 4.1.2.5). */
bool x509_period_has(const struct x509_period *p, int64_t at_ms);

/** Whether a certificate is still good at a time and names all hosts. -> OK; INVALID: not a certificate;
 * NO_MEMORY */
enum err x509_serves(struct str certificate_pem, const char *const *hosts, int64_t at_ms,
                     bool *ret) MUST_CHECK;

/** Whether a certificate has this private key and was signed by that authority: files of a start that was cut
 * short may not fit together. */
bool x509_belongs(const struct certified *c, struct str authority_pem);

#endif
