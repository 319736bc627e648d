/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of others: what they say, requests for them (PKCS #10) and collections of them (PKCS #7). */
#ifndef CRYPTO_PKCS_H
#define CRYPTO_PKCS_H

#include "crypto/key.h"

/* What a certificate says. */
struct x509_facts {
    struct str subject,
        issuer; /* "CN=x, OU=y": in the certificate's order, special characters escaped (RFC 4514) */
    struct str common_name; /* of the subject; STR_NONE when it has none */
    struct str serial;      /* decimal digits, at most 20 octets as a number (RFC 5280 4.1.2.2) */
    int64_t starts_at_ms, ends_at_ms;
    bool ec; /* the key's kind: elliptic curve or RSA */
    int bits;
    const char *digest; /* of its signature: "SHA256", "SHA384", "SHA512"; NULL: another */
};

/** Read the first certificate of a text. -> OK; INVALID: none, or one that breaks RFC 5280, or another kind
 * of key; NO_MEMORY */
enum err x509_read(struct arena *a, struct str pem, struct x509_facts *ret) MUST_CHECK;

/**
 * A certificate signing request (RFC 2986) for a key and the subject of its certificate.
 *
 * digest  "SHA256"
 * pem     as text, else DER
 * ->      OK; INVALID: the certificate; NO_MEMORY
 */
enum err x509_request(struct arena *a, const struct key *k, struct str certificate_pem, const char *digest,
                      bool pem, struct str *ret) MUST_CHECK;

/** Certificates in PEM as the PKCS #7 of certificates alone (RFC 2315 9), DER. -> OK; INVALID; NO_MEMORY */
enum err x509_collect(struct arena *a, struct str chain_pem, struct str *ret) MUST_CHECK;

/** The first certificate of a text alone, in PEM. -> OK; INVALID; NO_MEMORY */
enum err x509_first(struct arena *a, struct str chain_pem, struct str *ret) MUST_CHECK;

/**
 * What an authority answered to a request: certificates in PEM, one in DER, or PKCS #7 in either.
 *
 * ret  in PEM, the key's own first, then the others in their order
 * ->   OK; INVALID: nothing of this kind, too many; DENIED: none is of this key; NO_MEMORY
 */
enum err x509_response(struct arena *a, struct str file, const struct key *k, struct str *ret) MUST_CHECK;

#endif
