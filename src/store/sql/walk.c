/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is kept, in the order of its keys, for who verifies it. */
#include "store/sql/sql.h"

/* A row's columns into one item of a list. */
typedef enum err read_item(const struct binder *b, struct arena *a, void *item);

/* Read rows to their end. */
static enum err read_all(struct binder *b, struct arena *a, size_t item_size, read_item *read,
                         struct rows *ret)
{
    void *item;
    enum err e;

    while ((e = row_next(b)) == OK) {
        item = rows_add(a, ret, item_size);
        e = item ? read(b, a, item) : NO_MEMORY;
        if (e != OK) {
            row_end(b);
            return e;
        }
    }
    return e == NOT_FOUND ? OK : e;
}

static enum err read_object(const struct binder *b, struct arena *a, void *item)
{
    struct object *o = item;

    *o = (struct object){ .environment = row_id(b, 0),
                          .id = row_id(b, 2),
                          .parent = row_id(b, 3),
                          .version = row_int(b, 4),
                          .expires_at_ms = row_int(b, 5) };
    TRY(row_str(b, 1, a, &o->type));
    TRY(row_str(b, 6, a, &o->document));
    return row_str(b, 7, a, &o->secret);
}

enum err tx_walk_objects(struct tx *tx, struct arena *a, const struct object *after, size_t limit,
                         struct object_list *ret)
{
    static const struct object start = { .type = STR("") };
    struct rows rows = { 0 };
    struct binder b;

    after = after ? after : &start;
    b = bind_begin(tx, WALK_OBJECTS);
    bind_id(&b, &after->environment);
    bind_text(&b, after->type);
    bind_id(&b, &after->id);
    bind_limit(&b, limit);
    TRY(read_all(&b, a, sizeof(struct object), read_object, &rows));
    *ret = (struct object_list){ rows.items, rows.n };
    return OK;
}

static enum err read_unique(const struct binder *b, struct arena *a, void *item)
{
    struct unique *u = item;

    u->scope = row_id(b, 0);
    TRY(row_str(b, 1, a, &u->attribute));
    return row_str(b, 2, a, &u->value);
}

static enum err read_index(const struct binder *b, struct arena *a, void *item)
{
    struct index_value *v = item;

    TRY(row_str(b, 0, a, &v->attribute));
    return row_str(b, 1, a, &v->value);
}

static enum err read_reference(const struct binder *b, struct arena *a, void *item)
{
    struct reference *r = item;

    TRY(row_str(b, 0, a, &r->attribute));
    TRY(row_str(b, 1, a, &r->target_type));
    r->target = row_id(b, 2);
    return OK;
}

static enum err read_beside(struct tx *tx, struct arena *a, enum statement which, const struct object *o,
                            size_t item_size, read_item *read, struct rows *ret)
{
    struct binder b = bind_begin(tx, which);

    bind_id(&b, &o->environment);
    bind_id(&b, &o->id);
    bind_text(&b, o->type);
    return read_all(&b, a, item_size, read, ret);
}

enum err tx_rows_of(struct tx *tx, struct arena *a, const struct object *o, struct object_rows *ret)
{
    struct rows unique = { 0 }, index = { 0 }, references = { 0 };

    TRY(read_beside(tx, a, UNIQUE_OF, o, sizeof(struct unique), read_unique, &unique));
    TRY(read_beside(tx, a, INDEX_OF, o, sizeof(struct index_value), read_index, &index));
    TRY(read_beside(tx, a, REFERENCE_OF, o, sizeof(struct reference), read_reference, &references));
    *ret =
        (struct object_rows){ unique.items, unique.n, index.items, index.n, references.items, references.n };
    for (size_t i = 0; i < ret->unique_n; i++)
        ret->unique[i].type = o->type;
    for (size_t i = 0; i < ret->index_n; i++) {
        ret->index[i].environment = o->environment;
        ret->index[i].type = o->type;
        ret->index[i].id = o->id;
    }
    for (size_t i = 0; i < ret->references_n; i++) {
        ret->references[i].environment = o->environment;
        ret->references[i].source_type = o->type;
        ret->references[i].source = o->id;
    }
    return OK;
}

static enum err read_stray(const struct binder *b, struct arena *a, void *item)
{
    struct stray *s = item;

    s->kind = (enum stray_kind)row_int(b, 0);
    s->environment = row_id(b, 1);
    s->id = row_id(b, 3);
    TRY(row_str(b, 2, a, &s->type));
    return row_str(b, 4, a, &s->attribute);
}

enum err tx_strays(struct tx *tx, struct arena *a, size_t limit, struct stray **ret, size_t *ret_n)
{
    struct rows rows = { 0 };
    struct binder b = bind_begin(tx, STRAYS);

    bind_limit(&b, limit);
    TRY(read_all(&b, a, sizeof(struct stray), read_stray, &rows));
    *ret = rows.items;
    *ret_n = rows.n;
    return OK;
}

static enum err read_counter(const struct binder *b, struct arena *a, void *item)
{
    struct counter *c = item;

    c->environment = row_id(b, 0);
    c->id = row_id(b, 2);
    c->value = row_int(b, 3);
    return row_str(b, 1, a, &c->name);
}

enum err tx_walk_counters(struct tx *tx, struct arena *a, const struct counter *after, size_t limit,
                          struct counter **ret, size_t *ret_n)
{
    static const struct counter start = { .name = STR("") };
    struct rows rows = { 0 };
    struct binder b;

    after = after ? after : &start;
    b = bind_begin(tx, WALK_COUNTERS);
    bind_id(&b, &after->environment);
    bind_text(&b, after->name);
    bind_id(&b, &after->id);
    bind_limit(&b, limit);
    TRY(read_all(&b, a, sizeof(struct counter), read_counter, &rows));
    *ret = rows.items;
    *ret_n = rows.n;
    return OK;
}

static enum err read_number(struct binder *b, int64_t *ret)
{
    TRY(row_next(b));
    *ret = row_int(b, 0);
    row_end(b);
    return OK;
}

enum err tx_count_objects(struct tx *tx, struct uuid environment, struct str type, struct uuid parent,
                          int64_t *ret)
{
    struct binder b = bind_begin(tx, uuid_is_nil(parent) ? COUNT_OBJECTS : COUNT_BELOW);

    bind_id(&b, &environment);
    bind_text(&b, type);
    if (!uuid_is_nil(parent))
        bind_id(&b, &parent);
    return read_number(&b, ret);
}

enum err tx_count_references(struct tx *tx, const struct reference *like, int64_t *ret)
{
    struct binder b = bind_begin(tx, COUNT_REFERENCES);

    bind_id(&b, &like->environment);
    bind_text(&b, like->target_type);
    bind_id(&b, &like->target);
    bind_text(&b, like->source_type);
    bind_text(&b, like->attribute);
    return read_number(&b, ret);
}

enum err tx_is_erased(struct tx *tx, struct uuid environment, bool *ret)
{
    int64_t n;
    struct binder b = bind_begin(tx, COUNT_ERASED);

    bind_id(&b, &environment);
    TRY(read_number(&b, &n));
    *ret = n > 0;
    return OK;
}

/* The database's own look at its pages and indexes. */
enum err tx_check_pages(struct tx *tx, struct arena *a, struct str *ret)
{
    struct binder b = bind_begin(tx, CHECK_PAGES);
    struct str text;
    enum err e;

    TRY(row_next(&b));
    e = row_str(&b, 0, a, &text);
    row_end(&b);
    if (e == OK)
        *ret = str_is(text, "ok") ? STR_NONE : text;
    return e;
}
