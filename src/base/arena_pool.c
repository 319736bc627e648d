/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of arenas under a lock: the one given last is taken next, because its memory is warm. */
#include "base/arena_pool.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdbool.h>

struct arena_pool {
    pthread_mutex_t lock;
    size_t limit, kept, kept_max;
    struct arena *arenas[];
};

struct arena_pool *arena_pool_new(size_t limit, size_t kept_max)
{
    struct arena_pool *p = mem_alloc(sizeof(*p) + kept_max * sizeof(*p->arenas));

    if (!p)
        return NULL;
    p->limit = limit;
    p->kept_max = kept_max;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void arena_pool_free(struct arena_pool *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->kept; i++)
        arena_free(p->arenas[i]);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

struct arena *arena_pool_take(struct arena_pool *p)
{
    struct arena *a = NULL;

    pthread_mutex_lock(&p->lock);
    if (p->kept)
        a = p->arenas[--p->kept];
    pthread_mutex_unlock(&p->lock);
    return a ? a : arena_new(p->limit);
}

void arena_pool_give(struct arena_pool *p, struct arena *a)
{
    bool kept = false;

    if (!a)
        return;
    arena_reset(a);
    pthread_mutex_lock(&p->lock);
    if (p->kept < p->kept_max) {
        p->arenas[p->kept++] = a;
        kept = true;
    }
    pthread_mutex_unlock(&p->lock);
    if (!kept)
        arena_free(a);
}
