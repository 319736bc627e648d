/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that goes at once: one arena a request, a closure of the store's writer, a start-up step. What must
 * be closed joins it by arena_defer. No other way of allocating exists outside src/base but mem_* for what
 * outlives a request.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"

#include <stddef.h>

struct arena;

/**
 * Make an arena that may hold at most `limit` octets (0: no limit). Free it with arena_free.
 * ->  NULL when memory is short
 */
struct arena *arena_new(size_t limit);

/** The same for what is small and stays long: it starts with little memory and doubles what it takes. */
struct arena *arena_new_small(size_t limit);

/** Run what was deferred, newest first, wipe what is secret, free all. NULL is fine. */
void arena_free(struct arena *a);

/** End as arena_free does, but stay, as new: a little memory is kept for what comes next. */
void arena_reset(struct arena *a);

/** arena_free for SCOPED variables. */
void arena_freep(struct arena **a);

/**
 * `size` zeroed octets, aligned for any type, that live as long as the arena.
 * ->  NULL when memory is short or the arena's limit is reached
 */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK __attribute__((malloc, alloc_size(2)));

/** The same for a secret: the octets are wiped before they are given back. */
void *arena_secret(struct arena *a, size_t size) MUST_CHECK __attribute__((malloc, alloc_size(2)));

/** Room for `n` zeroed objects of `size` octets; NULL like arena_alloc, also when n * size overflows. */
void *arena_array(struct arena *a, size_t size, size_t n) MUST_CHECK;

#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), sizeof(type), (n)))
#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))

/**
 * Call fn(arg) when the arena is freed or rewound past this point.
 * ->  OK; NO_MEMORY (fn is called at once, so nothing leaks)
 */
enum err arena_defer(struct arena *a, void (*fn)(void *), void *arg) MUST_CHECK;

/** Octets the arena holds from the heap. */
size_t arena_size(const struct arena *a);

/** A point to come back to. */
struct arena_mark {
    void *chunk;
    size_t used;
    size_t total;
    void *deferred;
};

/** The point that the arena has reached: pass it to arena_rewind. */
struct arena_mark arena_mark(const struct arena *a);

/** Give back everything made since the mark: a closure that runs again starts clean. */
void arena_rewind(struct arena *a, struct arena_mark mark);

#endif
