/* SPDX-License-Identifier: Apache-2.0 */
/* Argon2id by libsodium. */
#include "crypto/password.h"

#include <errno.h>
#include <sodium.h>

enum {
    PASSES = 2,
    MEMORY_BYTES = 19 * 1024 * 1024,
};

/* A hash of a random text at our cost, for those who have none. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
                             "OZpe0nh0PhcDtHpp7HLIYnQUrWuYKsC3rwANFvpQNVk";

enum err password_hash(struct arena *a, struct str password, struct str *ret)
{
    char text[crypto_pwhash_STRBYTES];

    if (crypto_pwhash_str_alg(text, password.p, password.len, PASSES, MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13))
        return NO_MEMORY;
    return str_copy(a, str_from(text), ret);
}

enum err password_verify(struct str hash, struct str password, bool *ret)
{
    char text[crypto_pwhash_STRBYTES] = "";
    bool somebody = hash.len > 0 && hash.len < sizeof(text);
    int differs;

    memcpy(text, somebody ? hash.p : nobody, somebody ? hash.len : sizeof(nobody));
    errno = 0;
    differs = crypto_pwhash_str_verify(text, password.p, password.len);
    if (differs && errno == ENOMEM)
        return NO_MEMORY;
    *ret = somebody && !differs;
    return OK;
}
