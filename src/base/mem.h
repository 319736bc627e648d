/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to the heap, so that a test can make each allocation fail in turn. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/** `size` zeroed octets; free with mem_free. -> NULL when memory is short */
void *mem_alloc(size_t size) MUST_CHECK __attribute__((malloc, alloc_size(1)));

/** Grow or shrink; new octets are not zeroed. -> NULL when memory is short, and `p` stays as it was */
void *mem_resize(void *p, size_t size) MUST_CHECK __attribute__((alloc_size(2)));

/** Give back what mem_alloc or mem_resize gave. NULL is fine. */
void mem_free(void *p);

/** For tests: the n-th allocation from now on, in any thread, fails (0: none does). */
void mem_fail_at(unsigned long n);

/** For tests: count an allocation that base/arena is asked for. -> whether it is the one that fails */
bool mem_must_fail(void);

/** For tests: how many allocations were made since mem_fail_at of a number above 0. */
unsigned long mem_count(void);

#endif
