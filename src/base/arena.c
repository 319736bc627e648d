/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of chunks, newest first; small objects are carved off the newest one. */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

enum {
    CHUNK_SIZE = 16 * 1024,
    CHUNK_SIZE_SMALL = 512,
    ALIGN = alignof(max_align_t),
};

/*
 * Where a sanitizer watches, it is to see whoever still looks at what is gone: nothing is kept for later. And
 * each allocation there is one that a test can make fail, not only those that need a chunk; nobody else pays
 * for that.
 */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) ||     \
    __has_feature(thread_sanitizer)
enum { KEEPS = 0, COUNTS = 1 };
#else
enum { KEEPS = 1, COUNTS = 0 };
#endif

struct chunk {
    struct chunk *older;
    size_t size;
    size_t used;
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *older;
    void (*fn)(void *);
    void *arg;
};

struct arena {
    struct chunk *newest;
    struct deferred *deferred;
    size_t limit;
    size_t total;      /* octets in all chunks */
    size_t chunk_size; /* of the next one */
};

struct secret {
    size_t size;
    alignas(max_align_t) char data[];
};

struct arena *arena_new(size_t limit)
{
    struct arena *a = mem_alloc(sizeof(*a));

    if (!a)
        return NULL;
    a->limit = limit;
    a->chunk_size = CHUNK_SIZE;
    return a;
}

struct arena *arena_new_small(size_t limit)
{
    struct arena *a = arena_new(limit);

    if (a)
        a->chunk_size = CHUNK_SIZE_SMALL;
    return a;
}

static void run_deferred(struct arena *a, const struct deferred *until)
{
    while (a->deferred && a->deferred != until) {
        struct deferred *d = a->deferred;

        a->deferred = d->older;
        d->fn(d->arg);
    }
}

static void free_chunks(struct arena *a, const struct chunk *until)
{
    while (a->newest && a->newest != until) {
        struct chunk *c = a->newest;

        a->newest = c->older;
        a->total -= c->size;
        mem_free(c);
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    run_deferred(a, NULL);
    free_chunks(a, NULL);
    mem_free(a);
}

void arena_reset(struct arena *a)
{
    struct chunk *first = NULL;

    run_deferred(a, NULL);
    for (struct chunk *c = a->newest; KEEPS && c; c = c->older)
        if (!c->older && c->size == CHUNK_SIZE)
            first = c;
    free_chunks(a, first);
    if (!first)
        return;
    memset(first->data, 0, first->used);
    first->used = 0;
}

void arena_freep(struct arena **a)
{
    arena_free(*a);
}

static enum err chunk_add(struct arena *a, size_t least)
{
    size_t size = least > a->chunk_size / 2 ? least : a->chunk_size;
    struct chunk *c;

    if (a->limit && (size > a->limit || a->total > a->limit - size))
        return NO_MEMORY;
    c = mem_alloc(sizeof(*c) + size);
    if (!c)
        return NO_MEMORY;
    c->size = size;
    c->older = a->newest;
    a->newest = c;
    a->total += size;
    if (a->chunk_size < CHUNK_SIZE)
        a->chunk_size *= 2;
    return OK;
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct chunk *c = a->newest;
    void *p;

    if (size > SIZE_MAX / 2 || (COUNTS && mem_must_fail()))
        return NULL;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (!c || c->size - c->used < size) {
        if (chunk_add(a, size) != OK)
            return NULL;
        c = a->newest;
    }
    p = c->data + c->used;
    c->used += size;
    return p;
}

size_t arena_size(const struct arena *a)
{
    return a->total;
}

void *arena_array(struct arena *a, size_t size, size_t n)
{
    size_t bytes;

    if (__builtin_mul_overflow(size, n, &bytes))
        return NULL;
    return arena_alloc(a, bytes);
}

static void secret_wipe(void *arg)
{
    struct secret *s = arg;

    explicit_bzero(s->data, s->size);
}

void *arena_secret(struct arena *a, size_t size)
{
    struct secret *s = size < SIZE_MAX / 2 ? arena_alloc(a, sizeof(*s) + size) : NULL;

    if (!s)
        return NULL;
    s->size = size;
    return arena_defer(a, secret_wipe, s) == OK ? s->data : NULL;
}

enum err arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
    struct deferred *d = ARENA_NEW(a, struct deferred);

    if (!d) {
        fn(arg);
        return NO_MEMORY;
    }
    *d = (struct deferred){ .older = a->deferred, .fn = fn, .arg = arg };
    a->deferred = d;
    return OK;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){
        .chunk = a->newest,
        .used = a->newest ? a->newest->used : 0,
        .total = a->total,
        .deferred = a->deferred,
    };
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    run_deferred(a, mark.deferred);
    free_chunks(a, mark.chunk);
    if (!a->newest)
        return;
    memset(a->newest->data + mark.used, 0, a->newest->used - mark.used);
    a->newest->used = mark.used;
}
