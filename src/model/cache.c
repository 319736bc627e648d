/* SPDX-License-Identifier: Apache-2.0 */
/* A four-way table of views under striped locks. */
#include "model/cache.h"

#include "base/mem.h"
#include "model/environment.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    SETS = 4096,
    WAYS = 4,
    STRIPES = 64,
    VIEW_MEMORY_MAX = 16 * 1024 * 1024,
};

struct view {
    _Atomic unsigned references;
    struct arena *arena;
    const void *data;
    size_t octets;
};

struct slot {
    const struct view_kind *kind;
    struct uuid environment, id;
    uint64_t generation;
    uint64_t used; /* how many views had been kept when it was last given out: the least is the oldest */
    struct view *view;
};

struct cache {
    struct slot slots[SETS][WAYS];
    pthread_mutex_t locks[STRIPES];
    _Atomic size_t octets;
    _Atomic uint64_t kept; /* so many views until now: while all are found, a line each core can have */
    size_t octets_max;
};

enum err cache_new(size_t octets_max, struct cache **ret)
{
    struct cache *c = mem_alloc(sizeof(*c));

    if (!c)
        return NO_MEMORY;
    c->octets_max = octets_max;
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_init(&c->locks[i], NULL);
    *ret = c;
    return OK;
}

static void view_release(void *arg)
{
    struct view *v = arg;

    if (atomic_fetch_sub(&v->references, 1) == 1)
        arena_free(v->arena); /* the view lies in it */
}

static void slot_clear(struct cache *c, struct slot *s)
{
    if (!s->view)
        return;
    atomic_fetch_sub(&c->octets, s->view->octets);
    view_release(s->view);
    *s = (struct slot){ 0 };
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < SETS; i++)
        for (size_t k = 0; k < WAYS; k++)
            slot_clear(c, &c->slots[i][k]);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_destroy(&c->locks[i]);
    mem_free(c);
}

size_t cache_size(struct cache *c)
{
    return atomic_load(&c->octets);
}

/* Ids are random in their last octets; derived ones in all. */
static size_t set_of(const struct view_kind *kind, const struct view_key *key)
{
    uint64_t a, b;

    memcpy(&a, key->environment.b + 8, sizeof(a));
    memcpy(&b, key->id.b + 8, sizeof(b));
    a = (a ^ b * 0x9e3779b97f4a7c15u) + (uintptr_t)kind;
    return (a ^ a >> 29) * 0xbf58476d1ce4e5b9u >> 40 & (SETS - 1);
}

static bool is_key_of(const struct slot *s, const struct view_kind *kind, const struct view_key *key)
{
    return s->view && s->kind == kind && uuid_eq(s->environment, key->environment) && uuid_eq(s->id, key->id);
}

static struct view *find(struct cache *c, size_t set, const struct view_kind *kind,
                         const struct view_key *key, uint64_t generation)
{
    struct view *found = NULL;

    pthread_mutex_lock(&c->locks[set % STRIPES]);
    for (size_t i = 0; i < WAYS && !found; i++) {
        struct slot *s = &c->slots[set][i];

        if (!is_key_of(s, kind, key))
            continue;
        if (s->generation != generation) {
            slot_clear(c, s);
            continue;
        }
        s->used = atomic_load(&c->kept);
        found = s->view;
        atomic_fetch_add(&found->references, 1);
    }
    pthread_mutex_unlock(&c->locks[set % STRIPES]);
    return found;
}

/* The oldest place of the set takes the new view. Over the bound nothing is kept but what replaces something.
 */
static void publish(struct cache *c, size_t set, const struct slot *new)
{
    struct slot *oldest = &c->slots[set][0];

    pthread_mutex_lock(&c->locks[set % STRIPES]);
    for (size_t i = 0; i < WAYS; i++) {
        struct slot *s = &c->slots[set][i];

        if (is_key_of(s, new->kind, &(struct view_key){ new->environment, new->id, NULL }) || !s->view) {
            oldest = s;
            break;
        }
        if (s->used < oldest->used)
            oldest = s;
    }
    slot_clear(c, oldest);
    if (atomic_load(&c->octets) + new->view->octets <= c->octets_max) {
        *oldest = *new;
        oldest->used = atomic_fetch_add(&c->kept, 1) + 1;
        atomic_fetch_add(&new->view->references, 1);
        atomic_fetch_add(&c->octets, new->view->octets);
    }
    pthread_mutex_unlock(&c->locks[set % STRIPES]);
}

enum err view_text(struct arena *a, struct str text, struct str *ret)
{
    *ret = STR_NONE;
    return str_is_none(text) ? OK : str_copy(a, text, ret);
}

static enum err load(struct site *site, const struct view_kind *kind, const struct view_key *key,
                     struct view **ret)
{
    SCOPED(arena_freep) struct arena *a = arena_new_small(VIEW_MEMORY_MAX);
    SCOPED(arena_freep) struct arena *reading = arena_new(0);
    struct view *v = a ? ARENA_NEW(a, struct view) : NULL;
    struct tx *tx;
    void *data;

    if (!v || !reading)
        return NO_MEMORY;
    TRY(store_read_begin(site->store, reading, &tx));
    if (!uuid_is_nil(key->environment))
        TRY(environment_require(tx, reading, key->environment));
    TRY(kind->load(site, tx, a, key, &data));
    v->data = data;
    v->octets = arena_size(a);
    v->references = 1;
    v->arena = TAKE(a);
    *ret = v;
    return OK;
}

enum err cache_get(struct site *site, struct arena *holder, const struct view_kind *kind,
                   const struct view_key *key, const void **ret)
{
    uint64_t generation = store_generation(site->store, key->environment);
    size_t set = set_of(kind, key);
    struct view *v = find(site->cache, set, kind, key, generation);

    if (!v) {
        TRY(load(site, kind, key, &v));
        if (store_generation(site->store, key->environment) == generation)
            publish(site->cache, set, &(struct slot){ kind, key->environment, key->id, generation, 0, v });
    }
    TRY(arena_defer(holder, view_release, v));
    *ret = v->data;
    return OK;
}
