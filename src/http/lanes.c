/* SPDX-License-Identifier: Apache-2.0 */
/* A request ends on the lane where it began, whoever ends it; so that no lane's count is ever below 0. */
#include "http/lanes.h"

#include "base/arena_pool.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rank.h"
#include "http/reply.h"

#include <stdatomic.h>

enum {
    REQUEST_MEMORY_MAX = 32 * 1024 * 1024,
    ARENAS_KEPT = 32,
    APART = 128,  /* octets that cores take from each other together */
    SIGNERS = 16, /* a few milliseconds when all of them want a signature at once */
};

static const int64_t SIGNER_NS = INT64_C(1000) * 1000 * 1000;

/* A connection that had a signature made, and when. */
struct signer {
    const void *connection; /* to compare: it may be gone */
    int64_t at_ns;
};

struct lane {
    struct arena_pool *arenas;
    struct kept_replies *kept;
    struct signer signers[SIGNERS];
    _Atomic int64_t begun;
    _Atomic uint64_t by_status[STATUS_CLASSES];
    char apart[APART];
};

struct lanes {
    _Atomic unsigned taken;
    unsigned n;
    struct lane items[];
};

enum err lanes_new(unsigned n, struct lanes **ret)
{
    struct lanes *l = mem_alloc(sizeof(*l) + n * sizeof(*l->items));

    if (!l)
        return NO_MEMORY;
    l->n = n;
    for (unsigned i = 0; i < n; i++) {
        l->items[i].arenas = arena_pool_new(REQUEST_MEMORY_MAX, ARENAS_KEPT);
        l->items[i].kept = kept_replies_new();
        if (!l->items[i].arenas || !l->items[i].kept) {
            lanes_free(l);
            return NO_MEMORY;
        }
    }
    *ret = l;
    return OK;
}

void lanes_free(struct lanes *l)
{
    if (!l)
        return;
    for (unsigned i = 0; i < l->n; i++) {
        arena_pool_free(l->items[i].arenas);
        kept_replies_free(l->items[i].kept);
    }
    mem_free(l);
}

/* Each of the program's event loops has the next one, whichever its listener; programs that share a machine
 * begin at different ones. */
static unsigned next_core(void)
{
    static _Atomic unsigned next;
    unsigned none = 0;

    atomic_compare_exchange_strong(&next, &none, (unsigned)clock_monotonic_ns() | 1);
    return atomic_fetch_add(&next, 1);
}

struct lane *lanes_mine(struct lanes *l)
{
    static _Thread_local struct lane *mine;

    if (!mine) {
        mine = &l->items[atomic_fetch_add(&l->taken, 1) % l->n];
        rank_prompt();
        if (l->n >= rank_cores())
            rank_bind(next_core());
    }
    return mine;
}

struct kept_replies *lane_kept(struct lane *l)
{
    return l->kept;
}

/* The connection's own place, else the one that was used longest ago. */
static struct signer *place_of(struct lane *l, const void *connection)
{
    struct signer *place = l->signers;

    for (size_t i = 0; i < SIGNERS; i++) {
        if (l->signers[i].connection == connection)
            return &l->signers[i];
        if (l->signers[i].at_ns < place->at_ns)
            place = &l->signers[i];
    }
    return place;
}

bool lane_may_sign(struct lane *l, const void *connection)
{
    struct signer *place = place_of(l, connection);
    int64_t now = clock_monotonic_coarse_ns();

    if (place->connection && place->connection != connection && now - place->at_ns < SIGNER_NS)
        return false;
    *place = (struct signer){ connection, now };
    return true;
}

void lane_did_not_sign(struct lane *l, const void *connection)
{
    struct signer *place = place_of(l, connection);

    if (place->connection == connection)
        *place = (struct signer){ 0 };
}

struct arena *lane_begin(struct lane *l)
{
    struct arena *a = arena_pool_take(l->arenas);

    if (a)
        atomic_fetch_add(&l->begun, 1);
    return a;
}

void lane_end(struct lane *l, struct arena *a)
{
    atomic_fetch_sub(&l->begun, 1);
    arena_pool_give(l->arenas, a);
}

void lane_count(struct lane *l, int status)
{
    atomic_fetch_add(&l->by_status[status / 100 % STATUS_CLASSES], 1);
}

int64_t lanes_begun(const struct lanes *l)
{
    int64_t n = 0;

    for (unsigned i = 0; i < l->n; i++)
        n += atomic_load(&l->items[i].begun);
    return n;
}

void lanes_counts(const struct lanes *l, uint64_t ret[STATUS_CLASSES])
{
    for (unsigned k = 0; k < STATUS_CLASSES; k++) {
        ret[k] = 0;
        for (unsigned i = 0; i < l->n; i++)
            ret[k] += atomic_load(&l->items[i].by_status[k]);
    }
}
