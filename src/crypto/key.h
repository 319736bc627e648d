/* SPDX-License-Identifier: Apache-2.0 */
/* Asymmetric keys. Each is bound to one algorithm (RFC 8725 3.1); immutable, for any number of threads. */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include "base/buf.h"

struct key;

enum key_algorithm { KEY_RS256, KEY_RS384, KEY_RS512, KEY_ES256, KEY_ES384, KEY_ES512, KEY_ALGORITHMS };

/** "RS256" (RFC 7518 3.1). */
const char *key_algorithm_name(enum key_algorithm algorithm);

/**
 * Make a private key.
 *
 * bits  of an RSA modulus: 2048, 3072, 4096; ignored for EC, whose curve is the algorithm's
 * ->    OK; INVALID: size; NO_MEMORY
 */
enum err key_generate(enum key_algorithm algorithm, unsigned bits, struct key **ret) MUST_CHECK;

/** Release. NULL is fine. */
void key_free(struct key *k);

/** The same for SCOPED. */
void key_freep(struct key **k);

/** The private key as PKCS #8 DER in secret memory. -> OK; NO_MEMORY */
enum err key_to_der(struct arena *a, const struct key *k, struct str *ret) MUST_CHECK;

/** A private key from PKCS #8 DER and nothing more. -> OK; INVALID: no key, or not one of the algorithm's
 * (its curve; at least 2048 bits); NO_MEMORY */
enum err key_from_der(struct str der, enum key_algorithm algorithm, struct key **ret) MUST_CHECK;

/** The algorithm the key is bound to. */
enum key_algorithm key_algorithm(const struct key *k);

/** Append the public key as a JWK object (RFC 7517 4): kty, use, kid, alg and its parameters. -> OK;
 * NO_MEMORY */
enum err key_write_jwk(struct buf *b, const struct key *k, struct str kid) MUST_CHECK;

/** Sign octets: RSASSA-PKCS1-v1_5, or ECDSA as r and s side by side (RFC 7518 3.3, 3.4). -> OK; UNAVAILABLE:
 * by more than RSA of 2048 bits, on a thread that may not wait; NO_MEMORY */
enum err key_sign(struct arena *a, const struct key *k, struct str text, struct str *ret) MUST_CHECK;

/** -> OK; DENIED: not this key's signature; NO_MEMORY */
enum err key_verify(struct arena *a, const struct key *k, struct str text, struct str signature) MUST_CHECK;

/** The library's key, for certificates; stays the key's. */
struct evp_pkey_st *key_handle(const struct key *k);

/** key_to_der of a key of the library's. */
enum err key_handle_to_der(struct arena *a, const struct evp_pkey_st *pkey, struct str *ret) MUST_CHECK;

#endif
