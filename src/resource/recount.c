/* SPDX-License-Identifier: Apache-2.0 */
/* Counting again, by the indexes of parents and of targets. */
#include "resource/recount.h"

struct recount {
    struct tx *tx;
    const struct counter *counter;
    int64_t sum;
    bool known;
};

/* Adds up the references of a field and of those within it. */
static enum err add_field(struct recount *r, const struct type *t, const struct field *f)
{
    struct reference like = { .environment = r->counter->environment,
                              .source_type = t->name,
                              .attribute = f->path,
                              .target_type = f->ref,
                              .target = r->counter->id };
    int64_t n;

    for (size_t i = 0; i < f->members_n; i++)
        TRY(add_field(r, t, &f->members[i]));
    if (f->items)
        TRY(add_field(r, t, f->items));
    if (!f->ref_type || !str_eq(f->count, r->counter->name))
        return OK;
    TRY(tx_count_references(r->tx, &like, &n));
    r->sum += n;
    r->known = true;
    return OK;
}

enum err counter_recount(struct tx *tx, const struct registry *registry, const struct counter *c,
                         int64_t *ret, bool *ret_known)
{
    struct recount r = { .tx = tx, .counter = c };

    if (registry_find(registry, c->name)) {
        *ret_known = true;
        return tx_count_objects(tx, c->environment, c->name, c->id, ret);
    }
    for (size_t i = 0; i < registry->n; i++)
        TRY(add_field(&r, &registry->types[i], &registry->types[i].fields));
    *ret = r.sum;
    *ret_known = r.known;
    return OK;
}
