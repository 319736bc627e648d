/* SPDX-License-Identifier: Apache-2.0 */
/* Random octets by getrandom(2). */
#include "base/random.h"

#include "base/encoding.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *p, size_t n)
{
    char *at = p;

    while (n) {
        ssize_t got = getrandom(at, n, 0);

        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0)
            at += got, n -= (size_t)got;
    }
}

enum err random_text(struct arena *a, size_t n, struct str *ret)
{
    char *octets = arena_secret(a, n);

    if (!octets)
        return NO_MEMORY;
    random_bytes(octets, n);
    return base64url_encode(a, (struct str){ octets, n }, ret);
}
