/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is kept, in the order of its keys, for who verifies it. */
#include "store/sql/sql.h"

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
    static const struct row_kind kind = { sizeof(struct object), read_object, NULL };
    static const struct object start = { .type = STR("") };
    struct list rows = { 0 };
    struct binder b;

    after = after ? after : &start;
    b = bind_begin(tx, WALK_OBJECTS);
    bind_id(&b, &after->environment);
    bind_text(&b, after->type);
    bind_id(&b, &after->id);
    bind_limit(&b, limit);
    TRY(rows_read(&b, a, &kind, &rows));
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

static enum err read_beside(struct binder b, struct arena *a, const struct object *o,
                            const struct row_kind *kind, struct list *ret)
{
    bind_id(&b, &o->environment);
    bind_id(&b, &o->id);
    bind_text(&b, o->type);
    return rows_read(&b, a, kind, ret);
}

enum err tx_rows_of(struct tx *tx, struct arena *a, const struct object *o, struct object_rows *ret)
{
    const struct unique unique = { .type = o->type };
    const struct index_value index = { .environment = o->environment, .type = o->type, .id = o->id };
    const struct reference reference = { .environment = o->environment,
                                         .source_type = o->type,
                                         .source = o->id };
    const struct row_kind kinds[] = { { sizeof(unique), read_unique, &unique },
                                      { sizeof(index), read_index, &index },
                                      { sizeof(reference), read_reference, &reference } };
    struct list lists[LENGTH(kinds)] = { 0 };

    TRY(read_beside(bind_begin(tx, UNIQUE_OF), a, o, &kinds[0], &lists[0]));
    TRY(read_beside(bind_begin(tx, INDEX_OF), a, o, &kinds[1], &lists[1]));
    TRY(read_beside(bind_begin(tx, REFERENCE_OF), a, o, &kinds[2], &lists[2]));
    *ret = (struct object_rows){ lists[0].items, lists[0].n,     lists[1].items,
                                 lists[1].n,     lists[2].items, lists[2].n };
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
    static const struct row_kind kind = { sizeof(struct stray), read_stray, NULL };
    struct list rows = { 0 };
    struct binder b = bind_begin(tx, STRAYS);

    bind_limit(&b, limit);
    TRY(rows_read(&b, a, &kind, &rows));
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
    static const struct row_kind kind = { sizeof(struct counter), read_counter, NULL };
    static const struct counter start = { .name = STR("") };
    struct list rows = { 0 };
    struct binder b;

    after = after ? after : &start;
    b = bind_begin(tx, WALK_COUNTERS);
    bind_id(&b, &after->environment);
    bind_text(&b, after->name);
    bind_id(&b, &after->id);
    bind_limit(&b, limit);
    TRY(rows_read(&b, a, &kind, &rows));
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
