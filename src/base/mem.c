/* SPDX-License-Identifier: Apache-2.0 */
/* malloc and its failures on demand. */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic unsigned long fail_at, count;

/* Only a test pays for counting. */
bool mem_must_fail(void)
{
    unsigned long n = atomic_load_explicit(&fail_at, memory_order_relaxed);

    return n && atomic_fetch_add(&count, 1) + 1 == n;
}

void *mem_alloc(size_t size)
{
    return mem_must_fail() ? NULL : calloc(1, size);
}

void *mem_resize(void *p, size_t size)
{
    return mem_must_fail() ? NULL : realloc(p, size);
}

void mem_free(void *p)
{
    free(p);
}

void mem_fail_at(unsigned long n)
{
    atomic_store(&count, 0);
    atomic_store(&fail_at, n);
}

unsigned long mem_count(void)
{
    return atomic_load(&count);
}
