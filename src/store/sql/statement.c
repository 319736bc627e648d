/* SPDX-License-Identifier: Apache-2.0 */
/* The small steps that every function of a transaction is made of. */
#include "store/sql/statement.h"

#include "store/sql/sql.h"

#include <assert.h>

enum err statement_run(struct connection *c, enum statement which)
{
    struct binder b = { .connection = c, .which = which };

    return bind_run(&b, NULL);
}

struct binder bind_begin(struct tx *tx, enum statement which)
{
    return (struct binder){ .connection = tx->connection, .which = which };
}

static void bind(struct binder *b, struct value v)
{
    assert(b->n < VALUES_MAX);
    b->values[b->n++] = v;
}

void bind_octets(struct binder *b, struct str s)
{
    bind(b, (struct value){ .kind = VALUE_OCTETS, .s = str_is_none(s) ? STR("") : s });
}

void bind_octets_or_null(struct binder *b, struct str s)
{
    bind(b, (struct value){ .kind = VALUE_OCTETS, .s = s });
}

void bind_id(struct binder *b, const struct uuid *id)
{
    bind_octets(b, (struct str){ (const char *)id->b, sizeof(id->b) });
}

void bind_text(struct binder *b, struct str s)
{
    bind(b, (struct value){ .kind = VALUE_TEXT, .s = s });
}

void bind_int(struct binder *b, int64_t n)
{
    bind(b, (struct value){ .kind = VALUE_INT, .n = n });
}

void bind_limit(struct binder *b, size_t limit)
{
    bind_int(b, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
}

enum err bind_run(struct binder *b, int *ret_changes)
{
    enum err e = row_next(b);

    if (e == OK)
        row_end(b);
    else if (e != NOT_FOUND)
        return e;
    if (ret_changes)
        *ret_changes = b->changes;
    return OK;
}

enum err row_next(struct binder *b)
{
    if (!b->started)
        TRY(b->connection->engine->start(b));
    b->started = true;
    return b->connection->engine->next(b);
}

void row_end(struct binder *b)
{
    b->connection->engine->end(b);
}

struct uuid row_id(const struct binder *b, int column)
{
    struct str s = b->connection->engine->octets(b, column);
    struct uuid id = { { 0 } };

    if (s.len == sizeof(id.b))
        memcpy(id.b, s.p, sizeof(id.b));
    return id;
}

int64_t row_int(const struct binder *b, int column)
{
    return b->connection->engine->number(b, column);
}

enum err row_str(const struct binder *b, int column, struct arena *a, struct str *ret)
{
    struct str s = b->connection->engine->octets(b, column);

    if (str_is_none(s)) {
        *ret = STR_NONE;
        return OK;
    }
    if (!s.p)
        return NO_MEMORY;
    return str_copy(a, s, ret);
}

enum err rows_read(struct binder *b, struct arena *a, const struct row_kind *kind, struct list *ret)
{
    void *item;
    enum err e;

    while ((e = row_next(b)) == OK) {
        item = list_add(a, ret, kind->size);
        if (item && kind->like)
            memcpy(item, kind->like, kind->size);
        e = item ? kind->read(b, a, item) : NO_MEMORY;
        if (e != OK) {
            row_end(b);
            return e;
        }
    }
    return e == NOT_FOUND ? OK : e;
}
