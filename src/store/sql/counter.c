/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and the stream of events: what is written beside a change, in its transaction. */
#include "store/sql/sql.h"

static struct binder begin(struct tx *tx, enum statement which, const struct uuid at[2], struct str name)
{
    struct binder b = bind_begin(tx, which);

    bind_id(&b, &at[0]);
    bind_text(&b, name);
    bind_id(&b, &at[1]);
    return b;
}

enum err tx_counter_add(struct tx *tx, struct uuid environment, struct str name, struct uuid id,
                        int64_t delta, int64_t *ret)
{
    struct uuid at[2] = { environment, id };
    struct binder b = begin(tx, COUNTER_ADD, at, name);

    bind_int(&b, delta);
    TRY(row_next(&b));
    *ret = row_int(&b, 0);
    row_end(&b);
    return OK;
}

enum err tx_counter_get(struct tx *tx, struct uuid environment, struct str name, struct uuid id, int64_t *ret)
{
    struct uuid at[2] = { environment, id };
    struct binder b = begin(tx, COUNTER_GET, at, name);
    enum err e = row_next(&b);

    if (e != OK && e != NOT_FOUND)
        return e;
    *ret = e == OK ? row_int(&b, 0) : 0;
    row_end(&b);
    return OK;
}

enum err tx_counter_delete(struct tx *tx, struct uuid environment, struct str name, struct uuid id)
{
    struct uuid at[2] = { environment, id };
    struct binder b = begin(tx, COUNTER_DELETE, at, name);

    return bind_run(&b, NULL);
}

enum err tx_event(struct tx *tx, struct uuid environment, struct str document)
{
    struct binder b = bind_begin(tx, EVENT_ADD);

    bind_id(&b, &environment);
    bind_octets(&b, document);
    bind_int(&b, tx->now_ms);
    return bind_run(&b, NULL);
}

static enum err read_event(const struct binder *b, struct arena *a, void *item)
{
    struct event *v = item;

    v->sequence = row_int(b, 0);
    v->environment = row_id(b, 1);
    return row_str(b, 2, a, &v->document);
}

enum err tx_event_list(struct tx *tx, struct arena *a, int64_t after, size_t limit, struct event **ret,
                       size_t *ret_n)
{
    static const struct row_kind kind = { sizeof(struct event), read_event, NULL };
    struct list rows = { 0 };
    struct binder b = bind_begin(tx, EVENT_LIST);

    bind_int(&b, after);
    bind_limit(&b, limit);
    TRY(rows_read(&b, a, &kind, &rows));
    *ret = rows.items;
    *ret_n = rows.n;
    return OK;
}
