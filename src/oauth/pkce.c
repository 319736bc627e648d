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

enum err pkce_check(struct arena *a, struct str challenge, struct str method, struct str verifier)
{
    struct digest d = sha256(verifier);
    struct str made = verifier;

    if (!challenge.len)
        return verifier.len ? DENIED : OK;
    if (!pkce_is_well_formed(verifier))
        return DENIED;
    if (str_is(method, "S256"))
        TRY(base64url_encode(a, digest_str(&d), &made));
    return secret_equal(made, challenge) ? OK : DENIED;
}
