/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arenas that are used again, for what comes and goes all the time: a request's arena keeps its first memory
 * for the next request. Any thread may take and give.
 */
#ifndef BASE_ARENA_POOL_H
#define BASE_ARENA_POOL_H

#include "base/arena.h"

struct arena_pool;

/** Arenas of at most `limit` octets each (0: no limit), of which as many as `kept_max` wait for their next
 * use. -> NULL when memory is short */
struct arena_pool *arena_pool_new(size_t limit, size_t kept_max);

/** When every arena was given back. NULL is fine. */
void arena_pool_free(struct arena_pool *p);

/** An empty arena: give it back, instead of freeing it. -> NULL when memory is short */
struct arena *arena_pool_take(struct arena_pool *p);

/** End an arena as arena_free does. NULL is fine. */
void arena_pool_give(struct arena_pool *p, struct arena *a);

#endif
