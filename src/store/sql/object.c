/* SPDX-License-Identifier: Apache-2.0 */
/* Objects. Every read passes over the expired, which stay until they are swept or their id is taken again. */
#include "store/sql/sql.h"

/* The columns of OBJECT_COLUMNS. */
static enum err read_object(const struct binder *b, struct arena *a, void *item)
{
    struct object *ret = item;

    ret->id = row_id(b, 0);
    ret->parent = row_id(b, 1);
    ret->version = row_int(b, 2);
    ret->expires_at_ms = row_int(b, 3);
    TRY(row_str(b, 4, a, &ret->document));
    return row_str(b, 5, a, &ret->secret);
}

enum err objects_read(struct binder *b, struct arena *a, const struct object *like, struct object_list *ret)
{
    const struct row_kind kind = { sizeof(*like), read_object, like };
    struct list rows = { 0 };

    TRY(rows_read(b, a, &kind, &rows));
    *ret = (struct object_list){ rows.items, rows.n };
    return OK;
}

static struct binder begin_one(struct tx *tx, enum statement which, const struct object *key)
{
    struct binder b = bind_begin(tx, which);

    bind_id(&b, &key->environment);
    bind_text(&b, key->type);
    bind_id(&b, &key->id);
    return b;
}

enum err tx_get(struct tx *tx, struct arena *a, struct uuid environment, struct str type, struct uuid id,
                struct object *ret)
{
    struct object o = { .environment = environment, .type = type, .id = id };
    struct binder b = begin_one(tx, OBJECT_GET, &o);
    enum err e;

    bind_int(&b, tx->now_ms);
    TRY(row_next(&b));
    e = read_object(&b, a, &o);
    row_end(&b);
    if (e == OK)
        *ret = o;
    return e;
}

static void bind_content(struct binder *b, const struct object *o)
{
    bind_id(b, &o->parent);
    bind_int(b, o->expires_at_ms);
    bind_octets(b, o->document);
    bind_octets_or_null(b, o->secret);
}

static enum err insert(struct tx *tx, const struct object *o)
{
    struct binder b = begin_one(tx, OBJECT_INSERT, o);
    int changes;

    bind_content(&b, o);
    TRY(bind_run(&b, &changes));
    return changes ? OK : CONFLICT;
}

static enum err delete_expired(struct tx *tx, const struct object *o, int *ret_changes)
{
    struct binder b = begin_one(tx, OBJECT_DELETE_EXPIRED, o);

    bind_int(&b, tx->now_ms);
    return bind_run(&b, ret_changes);
}

/* The rows of an expired object of the same id stay, because the new one's may have been put already; they go
 * with the new one. */
enum err tx_insert(struct tx *tx, const struct object *o)
{
    enum err e = insert(tx, o);
    int changes;

    if (e != CONFLICT)
        return e;
    TRY(delete_expired(tx, o, &changes));
    return changes ? insert(tx, o) : CONFLICT;
}

enum err tx_update(struct tx *tx, const struct object *o)
{
    struct binder b = begin_one(tx, OBJECT_UPDATE, o);
    int changes;

    bind_content(&b, o);
    bind_int(&b, o->version);
    bind_int(&b, tx->now_ms);
    TRY(bind_run(&b, &changes));
    return changes ? OK : CONFLICT;
}

enum err tx_delete(struct tx *tx, struct uuid environment, struct str type, struct uuid id)
{
    struct object key = { .environment = environment, .type = type, .id = id };
    struct binder b = begin_one(tx, OBJECT_DELETE, &key);
    int changes;

    bind_int(&b, tx->now_ms);
    TRY(bind_run(&b, &changes));
    return changes ? OK : NOT_FOUND;
}

/* The index of parents holds only objects that have one. */
enum err tx_list(struct tx *tx, struct arena *a, const struct object_range *range, struct object_list *ret)
{
    struct object like = { .environment = range->environment, .type = range->type, .id = range->after };
    bool below = range->has_parent && !uuid_is_nil(range->parent);
    struct binder b = begin_one(tx, below ? OBJECT_LIST_BELOW : OBJECT_LIST, &like);

    bind_int(&b, tx->now_ms);
    bind_limit(&b, range->limit);
    if (range->has_parent)
        bind_id(&b, &range->parent);
    else
        bind_octets_or_null(&b, STR_NONE);
    return objects_read(&b, a, &like, ret);
}
