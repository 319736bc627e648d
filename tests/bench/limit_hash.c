/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the password hash alone costs: libsodium verifies one hash, at the cost that src/crypto/password.c
 * asks for, in as many threads as there are cores. Prints hashes a second and microseconds of processor time
 * a hash.
 *
 *   limit_hash SECONDS
 */
#include "base/clock.h"
#include "crypto/password.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { THREADS_MAX = 256 };

static char hash[crypto_pwhash_STRBYTES];
static int64_t end_ns;
static atomic_ulong count;

static void *verify(void *arg UNUSED)
{
    static const char password[] = "a password";

    while (clock_monotonic_ns() < end_ns) {
        if (crypto_pwhash_str_verify(hash, password, sizeof(password) - 1))
            abort();
        atomic_fetch_add(&count, 1);
    }
    return NULL;
}

static double processor_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    double seconds = argc > 1 ? atof(argv[1]) : 1, before;
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t thread[THREADS_MAX];
    struct str text;
    int64_t start;

    if (sodium_init() < 0 || !a || password_hash(a, STR("a password"), &text) != OK || threads > THREADS_MAX)
        return 1;
    memcpy(hash, text.p, text.len);
    before = processor_us();
    start = clock_monotonic_ns();
    end_ns = start + (int64_t)(seconds * 1e9);
    for (long i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, verify, NULL))
            return 1;
    for (long i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    printf("%.3f %.3f\n", (double)count * 1e9 / (double)(clock_monotonic_ns() - start),
           (processor_us() - before) / (double)count);
    return 0;
}
