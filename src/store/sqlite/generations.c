/* SPDX-License-Identifier: Apache-2.0 */
/* Change counters of environments, in a fixed table: two environments that share a place reload once too often. */
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

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

uint64_t generations_get(struct generations *g, struct uuid environment)
{
    return atomic_load(&g->places[place_of(environment)]);
}

void generations_raise(struct generations *g, const struct tx *tx)
{
    for (size_t i = 0; i < tx->touched_n; i++)
        atomic_fetch_add(&g->places[place_of(tx->touched[i])], 1);
    for (size_t i = 0; tx->touched_all && i < PLACES; i++)
        atomic_fetch_add(&g->places[i], 1);
}
