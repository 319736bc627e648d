/* SPDX-License-Identifier: Apache-2.0 */
/* One mapping a thread, lent to the library for the time of a hash. */
#include "crypto/hash_memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    LEAST = 16 * 1024 * 1024, /* what is smaller is no memory of a hash, but an allocator's */
    LARGE_PAGE = 2 * 1024 * 1024,
};

/* Called before ThreadSanitizer is ready to hear of it. */
#define UNSEEN __attribute__((no_sanitize("thread")))

/* By the names that the library calls. The C library's mmap64 is the same as its mmap, and ThreadSanitizer
 * hears of it. */
#define BEFORE_C_LIBRARY(name) __asm__(name) __attribute__((visibility("default")))
void *library_mmap(void *at, size_t size, int protection, int flags, int fd, long offset)
    BEFORE_C_LIBRARY("mmap");
int library_munmap(void *p, size_t size) BEFORE_C_LIBRARY("munmap");

static _Thread_local struct {
    bool keeps;
    void *p;
    size_t size, lent; /* octets; 0: to nobody */
} mine;

UNSEEN static int unmap(void *p, size_t size)
{
    return (int)syscall(SYS_munmap, p, size);
}

/* It begins at a large page; what stands out before and behind is given back. */
UNSEEN static void make(size_t size)
{
    size_t spare = LARGE_PAGE - 1;
    char *p, *begin;

    size = (size + spare) / LARGE_PAGE * LARGE_PAGE;
    p = mmap64(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return;
    begin = p + (-(uintptr_t)p & spare);
    if (begin > p)
        unmap(p, (size_t)(begin - p));
    unmap(begin + size, (size_t)(p + LARGE_PAGE - begin));
    madvise(begin, size, MADV_HUGEPAGE);
    madvise(begin, size, MADV_DONTDUMP);
    mine.p = begin;
    mine.size = size;
}

/* What is lent is whose it is now. */
UNSEEN static void give_back(void)
{
    if (mine.p && !mine.lent)
        unmap(mine.p, mine.size);
    mine.p = NULL;
    mine.size = mine.lent = 0;
}

/* Whoever maps memory with success finds errno as it was. */
UNSEEN static bool lend(size_t size)
{
    int before = errno;

    if (!mine.keeps || mine.lent || size < LEAST)
        return false;
    if (mine.size < size) {
        give_back();
        make(size);
        errno = before;
    }
    if (mine.p)
        mine.lent = size;
    return mine.p;
}

UNSEEN void *library_mmap(void *at, size_t size, int protection, int flags, int fd, long offset)
{
    if (!at && flags & MAP_ANONYMOUS && flags & MAP_PRIVATE && protection & PROT_WRITE && lend(size))
        return mine.p;
    return mmap64(at, size, protection, flags, fd, offset);
}

UNSEEN int library_munmap(void *p, size_t size)
{
    if (mine.lent && p == mine.p && size == mine.lent) {
        mine.lent = 0;
        return 0;
    }
    if (mine.lent && p == mine.p)
        give_back();
    return unmap(p, size);
}

void hash_memory_keep(void)
{
    mine.keeps = true;
}

void hash_memory_drop(void)
{
    mine.keeps = false;
    give_back();
}

size_t hash_memory_size(void)
{
    return mine.size;
}
