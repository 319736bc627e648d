/* SPDX-License-Identifier: Apache-2.0 */
/* Random octets by getrandom(2), some in advance for each thread: a call for each id costs more than the id.
 */
#include "base/random.h"

#include "base/encoding.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

enum { ADVANCE = 256 };

static void read_system(void *p, size_t n)
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

/* What was given out is wiped: nobody finds a secret of the past there. */
void random_bytes(void *p, size_t n)
{
    static _Thread_local unsigned char octets[ADVANCE];
    static _Thread_local size_t left;

    if (n > ADVANCE / 4) {
        read_system(p, n);
        return;
    }
    if (left < n) {
        read_system(octets, sizeof(octets));
        left = sizeof(octets);
    }
    left -= n;
    memcpy(p, octets + left, n);
    explicit_bzero(octets + left, n);
}

enum err random_text(struct arena *a, size_t n, struct str *ret)
{
    char *octets = arena_secret(a, n);

    if (!octets)
        return NO_MEMORY;
    random_bytes(octets, n);
    return base64url_encode(a, (struct str){ octets, n }, ret);
}
