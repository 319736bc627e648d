/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and HMAC by libsodium: no allocation, nothing that can fail. Long texts go to OpenSSL where that
 * can be had, which uses the processor's instructions for it. */
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <sodium.h>

enum { LONG = 256 }; /* octets from which on OpenSSL is faster */

static EVP_MD *long_sha256;

enum err crypto_init(void)
{
    if (!long_sha256)
        long_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    return sodium_init() < 0 ? IO : OK;
}

struct digest sha256(struct str text)
{
    struct digest d;

    if (text.len < LONG || !long_sha256 || !EVP_Digest(text.p, text.len, d.b, NULL, long_sha256, NULL))
        crypto_hash_sha256(d.b, (const unsigned char *)text.p, text.len);
    return d;
}

struct digest hmac_sha256(struct str key, struct str text)
{
    crypto_auth_hmacsha256_state state;
    struct digest d;

    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p, key.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.p, text.len);
    crypto_auth_hmacsha256_final(&state, d.b);
    return d;
}

bool secret_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.p, b.p, a.len) == 0);
}

struct uuid uuid_derived(struct uuid environment, struct str type, struct str name)
{
    crypto_hash_sha256_state state;
    struct digest d;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, environment.b, sizeof(environment.b));
    crypto_hash_sha256_update(&state, (const unsigned char *)type.p, type.len);
    crypto_hash_sha256_update(&state, (const unsigned char *)"", 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)name.p, name.len);
    crypto_hash_sha256_final(&state, d.b);
    return uuid_v8(d.b);
}

struct uuid secret_id(struct str secret)
{
    struct digest d = sha256(secret);

    return uuid_v8(d.b);
}
