/* SPDX-License-Identifier: Apache-2.0 */
/* A private key with its certificates in a file (RFC 7292). */
#ifndef CRYPTO_PKCS12_H
#define CRYPTO_PKCS12_H

#include "crypto/key.h"

struct pkcs12 {
    struct str key_der;   /* PKCS #8, in secret memory */
    struct str chain_pem; /* the key's certificate first */
    struct str name;      /* the key's friendly name; STR_NONE when it has none */
};

/**
 * Open a file with one key.
 *
 * password  UTF-8; empty when the file is not encrypted
 * ->        OK; INVALID: no such file, not exactly one key with its certificate, an encryption that is not
 * known or asks for more work than we do for a stranger; DENIED: the password is not right; NO_MEMORY
 */
enum err pkcs12_open(struct arena *a, struct str file, struct str password, struct pkcs12 *ret) MUST_CHECK;

#endif
