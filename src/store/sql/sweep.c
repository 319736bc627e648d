/* SPDX-License-Identifier: Apache-2.0 */
/* The sweeper's work, in batches that other writers do not feel: the expired with their rows, then events
 * that have been kept for long enough, then what deleted environments left. */
#include "base/clock.h"
#include "store/sql/sql.h"

enum { BATCH = 500 };

static enum err delete_of(struct tx *tx, enum statement which, const struct object *o)
{
    struct binder b = bind_begin(tx, which);

    bind_id(&b, &o->environment);
    bind_id(&b, &o->id);
    bind_text(&b, o->type);
    return bind_run(&b, NULL);
}

static enum err remove_expired(struct tx *tx, const struct object *o, int64_t now_ms)
{
    struct binder b;

    TRY(delete_of(tx, UNIQUE_DELETE_OF, o));
    TRY(delete_of(tx, INDEX_DELETE_OF, o));
    TRY(tx_reference_delete_all(tx, o->environment, o->type, o->id));
    b = bind_begin(tx, OBJECT_DELETE_EXPIRED);
    bind_id(&b, &o->environment);
    bind_text(&b, o->type);
    bind_id(&b, &o->id);
    bind_int(&b, now_ms);
    return bind_run(&b, NULL);
}

static enum err read_expired(const struct binder *b, struct arena *a, void *item)
{
    struct object *o = item;

    o->environment = row_id(b, 0);
    o->id = row_id(b, 2);
    return row_str(b, 1, a, &o->type);
}

/* All are read before the first is removed: a statement must not walk over what another one changes. */
enum err tx_sweep(struct tx *tx, int64_t now_ms, size_t limit, size_t *ret_removed)
{
    static const struct row_kind kind = { sizeof(struct object), read_expired, NULL };
    struct list rows = { 0 };
    struct object *expired;
    struct binder b = bind_begin(tx, OBJECT_EXPIRED);

    bind_int(&b, now_ms);
    bind_limit(&b, limit);
    TRY(rows_read(&b, tx->arena, &kind, &rows));
    expired = rows.items;
    for (size_t i = 0; i < rows.n; i++)
        TRY(remove_expired(tx, &expired[i], now_ms));
    *ret_removed = rows.n;
    return OK;
}

static enum err change_erased(struct tx *tx, enum statement which, struct uuid environment)
{
    struct binder b = bind_begin(tx, which);

    bind_id(&b, &environment);
    return bind_run(&b, NULL);
}

enum err tx_erase_environment(struct tx *tx, struct uuid environment)
{
    return change_erased(tx, ERASED_ADD, environment);
}

static enum err erase_from(struct tx *tx, enum statement which, struct uuid environment, size_t *room)
{
    struct binder b = bind_begin(tx, which);
    int changes;

    bind_id(&b, &environment);
    bind_limit(&b, *room);
    TRY(bind_run(&b, &changes));
    *room -= (size_t)changes;
    return OK;
}

/* -> OK, `*room` is what is left of the batch; NOT_FOUND: no environment waits */
static enum err erase_batch(struct tx *tx, size_t *room)
{
    struct uuid environment;
    struct binder b = bind_begin(tx, ERASED_GET);

    TRY(row_next(&b));
    environment = row_id(&b, 0);
    row_end(&b);
    for (enum statement which = ERASE_OBJECT; which <= ERASE_EVENT && *room; which++)
        TRY(erase_from(tx, which, environment, room));
    return *room ? change_erased(tx, ERASED_DONE, environment) : OK;
}

struct sweeping {
    int64_t events_before_ms;
    bool more;
};

/* The oldest are the first: no more of them are looked at than may go, and no index of their times is kept.
 */
static enum err sweep_events(struct tx *tx, int64_t before_ms, size_t *room)
{
    struct binder b = bind_begin(tx, EVENT_DELETE_OLD);
    int changes;

    bind_int(&b, before_ms);
    bind_limit(&b, *room);
    TRY(bind_run(&b, &changes));
    *room -= (size_t)changes;
    return OK;
}

static enum err sweep(struct tx *tx, void *arg)
{
    size_t expired, room;
    struct sweeping *s = arg;
    enum err e;

    TRY(tx_sweep(tx, tx->now_ms, BATCH, &expired));
    room = BATCH - expired;
    if (room)
        TRY(sweep_events(tx, s->events_before_ms, &room));
    e = room ? erase_batch(tx, &room) : OK;
    s->more = e == OK; /* at least to see that nothing is left */
    return e == NOT_FOUND ? OK : e;
}

enum err store_sweep(struct store *s, int64_t events_before_ms, bool *ret_more)
{
    struct sweeping w = { .events_before_ms = events_before_ms };

    TRY(store_write(s, sweep, &w));
    *ret_more = w.more;
    return OK;
}
