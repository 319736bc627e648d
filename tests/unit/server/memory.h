/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of short memory share: a server in a folder of its own, and what makes allocations fail. */
#ifndef TESTS_UNIT_SERVER_MEMORY_H
#define TESTS_UNIT_SERVER_MEMORY_H

#include "test.h"

#include "server/server.h"

#define MEMORY_ENVIRONMENT "11111111-1111-4111-8111-111111111111"
#define MEMORY_CLIENT      "22222222-2222-4222-8222-222222222222"
/* its id and secret as Basic has them */
#define MEMORY_BASIC                                                                                         \
    "MjIyMjIyMjItMjIyMi00MjIyLTgyMjItMjIyMjIyMjIyMjIyOm1lbW9yeS1zZWNyZXQtb2YtdGhlLWNsaWVudA=="

enum { ROUNDS_MAX = 5000 };

/** Whose allocations fail: those of base/mem and base/arena, or those that OpenSSL and SQLite make for
 * themselves. */
struct failing {
    void (*at)(unsigned long n); /* the n-th from now on, in any thread; 0: none */
    unsigned long (*count)(void);
};

extern const struct failing failing_ours, failing_libraries;

/** How far the next allocation to fail is from the last one: 1, but for runs that have less time. */
unsigned long memory_stride(void);

/** A folder for a server's data. */
void folder_make(void);

/** All that a server left in it. */
void folder_empty(void);

/** The folder itself, with what is in it. */
void folder_remove(void);

/** Start a server on the folder; its administrator is admin, memory-password-1. */
enum err memory_start(struct server_fault *fault, struct server **ret);

#endif
