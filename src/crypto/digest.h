/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, comparison of secrets, and ids derived from digests. */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/str.h"
#include "base/uuid.h"

struct digest {
    unsigned char b[32];
};

/** Before anything else of this module, once. -> OK; IO: the libraries cannot start */
enum err crypto_init(void) MUST_CHECK;

/** SHA-256 (FIPS 180-4). */
struct digest sha256(struct str text);

/** HMAC-SHA-256 (RFC 2104). */
struct digest hmac_sha256(struct str key, struct str text);

/** Whether two secrets are equal, in time that depends on their lengths alone. */
bool secret_equal(struct str a, struct str b);

/** The digest as text of octets, valid as long as the digest. */
static inline struct str digest_str(const struct digest *d)
{
    return (struct str){ (const char *)d->b, sizeof(d->b) };
}

/** The id of a default object: the same environment, type and name always give the same one. */
struct uuid uuid_derived(struct uuid environment, struct str type, struct str name);

/** The id under which something with a secret is kept (a code, a cookie): 128 bits of the secret's SHA-256,
 * so that the store never holds the secret itself. */
struct uuid secret_id(struct str secret);

#endif
