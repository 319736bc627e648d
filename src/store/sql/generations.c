/* SPDX-License-Identifier: Apache-2.0 */
/* Change counters of environments, in a fixed table: two environments that share a place reload once too
 * often. */
#include "base/mem.h"
#include "store/sql/sql.h"

#include <assert.h>
#include <stdatomic.h>

enum { PLACES = 4096 };

struct generations {
    _Atomic uint64_t places[PLACES];
};

static size_t place_of(struct uuid environment)
{
    uint16_t tail;

    memcpy(&tail, environment.b + sizeof(environment.b) - sizeof(tail), sizeof(tail));
    return tail % PLACES;
}

struct generations *generations_new(void)
{
    return mem_alloc(sizeof(struct generations));
}

void generations_free(struct generations *g)
{
    mem_free(g);
}

uint64_t store_generation(struct store *s, struct uuid environment)
{
    return atomic_load(&s->generations->places[place_of(environment)]);
}

void generations_raise(struct generations *g, const struct touched *touched)
{
    for (size_t i = 0; i < touched->n; i++)
        atomic_fetch_add(&g->places[place_of(touched->items[i])], 1);
    for (size_t i = 0; touched->all && i < PLACES; i++)
        atomic_fetch_add(&g->places[i], 1);
}

enum err tx_touch(struct tx *tx, struct uuid environment)
{
    struct touched *t = tx->touched;

    assert(t); /* only a closure changes anything */
    for (size_t i = 0; i < t->n; i++)
        if (uuid_eq(t->items[i], environment))
            return OK;
    if (t->n == TOUCHED_MAX)
        t->all = true;
    else
        t->items[t->n++] = environment;
    return OK;
}
