/* SPDX-License-Identifier: Apache-2.0 */
/* PKCE. */
#include "oauth/pkce.h"

#include "base/encoding.h"
#include "crypto/digest.h"

#include <ctype.h>

enum {
    LENGTH_MIN = 43,
    LENGTH_MAX = 128,
};

bool pkce_is_well_formed(struct str s)
{
    if (s.len < LENGTH_MIN || s.len > LENGTH_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.p[i]) && (!s.p[i] || !strchr("-._~", s.p[i])))
            return false;
    return true;
}

static bool matches_s256(struct str challenge, struct str verifier)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct digest d = sha256(verifier);
    struct str text;

    return a && base64url_encode(a, digest_str(&d), &text) == OK && secret_equal(text, challenge);
}

bool pkce_matches(struct str challenge, struct str method, struct str verifier)
{
    if (!challenge.len)
        return !verifier.len;
    if (!pkce_is_well_formed(verifier))
        return false;
    return str_is(method, "S256") ? matches_s256(challenge, verifier) : secret_equal(challenge, verifier);
}
