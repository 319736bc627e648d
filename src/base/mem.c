/* SPDX-License-Identifier: Apache-2.0 */
/* malloc and its failures on demand. */
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

static _Thread_local unsigned long fail_at, count;

static bool must_fail(void)
{
    return ++count == fail_at;
}

void *mem_alloc(size_t size)
{
    return must_fail() ? NULL : calloc(1, size);
}

void *mem_resize(void *p, size_t size)
{
    return must_fail() ? NULL : realloc(p, size);
}

void mem_free(void *p)
{
    free(p);
}

void mem_fail_at(unsigned long n)
{
    fail_at = n;
    count = 0;
}

unsigned long mem_count(void)
{
    return count;
}
