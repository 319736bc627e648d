/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows beside the objects. The old document's rows are compared with the new one's, so that an update touches
 * only what changed.
 */
#include "resource/rows.h"

#include "base/list.h"
#include "resource/filter.h"
#include "resource/operation.h"

/* Called for each value at a field's path, through arrays. */
struct visitor;
typedef enum err visit(struct visitor *v, const struct field *f, const struct json *value);

struct visitor {
    struct change *c;
    visit *fn;
    const struct json *root;  /* the document walked */
    const struct json *other; /* the one it is compared with; NULL: none */
    struct arena *arena;      /* when rows are derived only, they go here */
    struct derived *derived;
};

static enum err walk(struct visitor *v, const struct field *f, const struct json *at)
{
    if (!at || json_kind(at) == JSON_NULL)
        return OK;
    if (f->kind == FIELD_ARRAY) {
        json_each (m, at)
            TRY(walk(v, f->items, m.value));
        return OK;
    }
    for (size_t i = 0; i < f->members_n; i++)
        TRY(walk(v, &f->members[i], document_get(at, f->members[i].name)));
    return f->path.len ? v->fn(v, f, at) : OK;
}

static enum err walk_document(struct change *c, const struct json *document, const struct json *other,
                              visit *fn)
{
    struct visitor v = { .c = c, .fn = fn, .root = document, .other = other };

    return document ? walk(&v, &c->type->fields, document) : OK;
}

/* Whether the other document has the same value at the path; values in arrays count as changed. */
static bool is_unchanged(const struct visitor *v, const struct field *f, const struct json *value)
{
    return v->other && json_eq(document_get(v->other, f->path), value);
}

static enum err unique_of(struct arena *a, const struct change *c, const struct field *f,
                          const struct json *value, struct unique *ret)
{
    *ret = (struct unique){ .type = c->type->name, .attribute = f->path };
    if (f->unique == UNIQUE_ENVIRONMENT)
        ret->scope = c->environment;
    else if (f->unique == UNIQUE_PARENT)
        ret->scope = c->parent;
    return value_normalise(a, f, value, &ret->value);
}

static enum err unique_remove(struct visitor *v, const struct field *f, const struct json *value)
{
    struct unique u;

    if (f->unique == UNIQUE_NOT || is_unchanged(v, f, value))
        return OK;
    TRY(unique_of(tx_arena(v->c->tx), v->c, f, value, &u));
    return tx_unique_delete(v->c->tx, &u);
}

static enum err refuse_taken(struct change *c, const struct field *f, struct uuid holder)
{
    struct buf b = buf_make(c->rq->arena, BUF_NO_LIMIT);
    struct str message, inner;

    json_add_id(&b, "existingId", holder);
    TRY(buf_finish(&b, &inner));
    TRY(str_printf(c->rq->arena, &message, "An object with the specified %.*s already exists.",
                   STR_FMT(f->path)));
    return problem_detail_inner(c->rq, UNIQUENESS_VIOLATION, f->path, message, inner);
}

static enum err unique_add(struct visitor *v, const struct field *f, const struct json *value)
{
    struct uuid holder;
    struct unique u;
    enum err e;

    if (f->unique == UNIQUE_NOT || is_unchanged(v, f, value))
        return OK;
    TRY(unique_of(tx_arena(v->c->tx), v->c, f, value, &u));
    e = tx_unique_put(v->c->tx, &u, v->c->environment, v->c->id, &holder);
    return e == CONFLICT ? refuse_taken(v->c, f, holder) : e;
}

static enum err reference_target(const struct change *c, const struct field *f, const struct json *value,
                                 struct reference *ret)
{
    *ret = (struct reference){
        .environment = f->ref_type->in_environment ? c->environment : (struct uuid){ { 0 } },
        .source_type = c->type->name,
        .source = c->id,
        .attribute = f->path,
        .target_type = f->ref,
    };
    return uuid_parse(json_str(value), &ret->target);
}

static enum err refuse_missing(struct change *c, const struct field *f, struct str value)
{
    struct buf b = buf_make(c->rq->arena, BUF_NO_LIMIT);
    struct str message, inner;

    json_open_member(&b, "referencedValues", '[');
    json_add_str(&b, NULL, value);
    json_close(&b, ']');
    TRY(buf_finish(&b, &inner));
    TRY(str_printf(c->rq->arena, &message, "There is no %.*s with this id.", STR_FMT(f->ref)));
    return problem_detail_inner(c->rq, INVALID_VALUE, f->path, message, inner);
}

/* With x-ref-parent the target must lie below the object named there: a scope below the grant's resource. */
static bool is_below(const struct visitor *v, const struct field *f, const struct object *target)
{
    struct uuid parent;

    if (!f->ref_parent.len)
        return true;
    return uuid_parse(json_str(document_get(v->root, f->ref_parent)), &parent) == OK &&
           uuid_eq(parent, target->parent);
}

static enum err count(struct change *c, const struct field *f, struct uuid target, int64_t delta)
{
    int64_t now;

    return f->count.len ? tx_counter_add(c->tx, c->environment, f->count, target, delta, &now) : OK;
}

static enum err reference_add(struct visitor *v, const struct field *f, const struct json *value)
{
    struct reference r;
    struct object target;
    enum err e;

    if (!f->ref_type)
        return OK;
    if (reference_target(v->c, f, value, &r) != OK)
        return refuse_missing(v->c, f, json_str(value));
    e = tx_get(v->c->tx, tx_arena(v->c->tx), r.environment, r.target_type, r.target, &target);
    if (e == NOT_FOUND || (e == OK && !is_below(v, f, &target)))
        return refuse_missing(v->c, f, json_str(value));
    TRY(e);
    TRY(count(v->c, f, r.target, 1));
    return tx_reference_put(v->c->tx, &r);
}

static enum err reference_uncount(struct visitor *v, const struct field *f, const struct json *value)
{
    struct reference r;

    if (!f->ref_type || !f->count.len || reference_target(v->c, f, value, &r) != OK)
        return OK;
    return count(v->c, f, r.target, -1);
}

static bool has_references(const struct field *f)
{
    bool any = f->ref_type != NULL || (f->items && has_references(f->items));

    for (size_t i = 0; i < f->members_n && !any; i++)
        any = has_references(&f->members[i]);
    return any;
}

/* References are few: all of them are made anew. */
static enum err references_change(struct change *c, const struct json *old, const struct json *document)
{
    if (!has_references(&c->type->fields))
        return OK;
    if (old) {
        TRY(walk_document(c, old, NULL, reference_uncount));
        TRY(tx_reference_delete_all(c->tx, c->environment, c->type->name, c->id));
    }
    return walk_document(c, document, NULL, reference_add);
}

static enum err index_change(struct change *c, const struct attribute *a, const struct json *old,
                             const struct json *document)
{
    struct index_value v = {
        .environment = c->environment, .type = c->type->name, .attribute = a->path, .id = c->id
    };
    struct str before = STR_NONE, after = STR_NONE;

    if (old)
        TRY(value_in_index(tx_arena(c->tx), a, old, &before));
    if (document)
        TRY(value_in_index(tx_arena(c->tx), a, document, &after));
    if (!str_is_none(before) && !str_is_none(after) && str_eq(before, after))
        return OK;
    v.value = before;
    if (!str_is_none(before))
        TRY(tx_index_delete(c->tx, &v));
    v.value = after;
    return str_is_none(after) ? OK : tx_index_put(c->tx, &v);
}

static enum err indexes_change(struct change *c, const struct json *old, const struct json *document)
{
    for (size_t i = 0; i < c->type->attributes_n; i++)
        if (c->type->attributes[i].indexed)
            TRY(index_change(c, &c->type->attributes[i], old, document));
    return OK;
}

enum err rows_change(struct change *c, const struct json *old, const struct json *document)
{
    TRY(walk_document(c, old, document, unique_remove));
    TRY(walk_document(c, document, old, unique_add));
    TRY(references_change(c, old, document));
    return indexes_change(c, old, document);
}

struct derived {
    struct list unique, references;
    struct object_rows rows;
};

static enum err derive_unique(struct visitor *v, const struct field *f, const struct json *value)
{
    struct unique *u;

    if (f->unique == UNIQUE_NOT)
        return OK;
    u = list_add(v->arena, &v->derived->unique, sizeof(*u));
    return u ? unique_of(v->arena, v->c, f, value, u) : NO_MEMORY;
}

/* What is no id refers to nothing; the store never took it. */
static enum err derive_reference(struct visitor *v, const struct field *f, const struct json *value)
{
    struct reference one, *r;

    if (!f->ref_type || reference_target(v->c, f, value, &one) != OK)
        return OK;
    r = list_add(v->arena, &v->derived->references, sizeof(*r));
    if (!r)
        return NO_MEMORY;
    *r = one;
    return OK;
}

static enum err derive_default(struct visitor *v)
{
    const struct field *f = rows_default_field(v->c->type);
    struct unique *u;

    if (!f || !json_is_true(document_get(v->root, f->path)))
        return OK;
    u = list_add(v->arena, &v->derived->unique, sizeof(*u));
    if (!u)
        return NO_MEMORY;
    (void)rows_default_holder(v->c->type, v->c->environment, u);
    return OK;
}

static enum err derive_indexes(struct visitor *v)
{
    const struct type *t = v->c->type;
    struct object_rows *r = &v->derived->rows;
    struct str value;

    r->index = ARENA_ARRAY(v->arena, struct index_value, t->attributes_n + 1);
    if (!r->index)
        return NO_MEMORY;
    for (size_t i = 0; i < t->attributes_n; i++) {
        if (!t->attributes[i].indexed)
            continue;
        TRY(value_in_index(v->arena, &t->attributes[i], v->root, &value));
        if (str_is_none(value))
            continue;
        r->index[r->index_n] = (struct index_value){ .environment = v->c->environment,
                                                     .type = t->name,
                                                     .attribute = t->attributes[i].path,
                                                     .id = v->c->id };
        TRY(store_index_key(v->arena, value, &r->index[r->index_n++].value));
    }
    return OK;
}

enum err rows_derive(struct arena *a, const struct type *t, const struct object *o,
                     const struct json *document, struct object_rows *ret)
{
    struct change c = { .type = t, .environment = o->environment, .parent = o->parent, .id = o->id };
    struct derived derived = { 0 };
    struct visitor v = { .c = &c, .fn = derive_unique, .root = document, .arena = a, .derived = &derived };

    TRY(walk(&v, &t->fields, document));
    TRY(derive_default(&v));
    v.fn = derive_reference;
    TRY(walk(&v, &t->fields, document));
    TRY(derive_indexes(&v));
    *ret = derived.rows;
    ret->unique = derived.unique.items;
    ret->unique_n = derived.unique.n;
    ret->references = derived.references.items;
    ret->references_n = derived.references.n;
    return OK;
}

const struct field *rows_default_field(const struct type *t)
{
    for (size_t i = 0; i < t->fields.members_n; i++)
        if (t->fields.members[i].one_default.len)
            return &t->fields.members[i];
    return NULL;
}

bool rows_default_holder(const struct type *t, struct uuid environment, struct unique *ret)
{
    const struct field *f = rows_default_field(t);

    if (f)
        *ret = (struct unique){
            .scope = environment, .type = t->name, .attribute = f->path, .value = STR("true")
        };
    return f != NULL;
}

static enum err refuse_in_use(struct change *c, const struct field *f, const struct reference *r)
{
    struct str message = f ? f->in_use : STR_NONE;

    if (!message.len)
        TRY(str_printf(c->rq->arena, &message, "The %.*s is in use by a %.*s.", STR_FMT(c->type->name),
                       STR_FMT(r->source_type)));
    return problem_detail(c->rq, CONSTRAINT_VIOLATION, STR_NONE, message);
}

const struct field *rows_reference_field(const struct type *t, struct str attribute)
{
    const struct field *f = field_find(&t->fields, attribute);

    while (f && f->kind == FIELD_ARRAY)
        f = f->items;
    return f;
}

static enum err release_one(struct change *c, const struct reference *r)
{
    const struct type *source = registry_find(c->registry, r->source_type);
    const struct field *f = source ? rows_reference_field(source, r->attribute) : NULL;

    if (!f || f->on_delete == ON_DELETE_RESTRICT)
        return refuse_in_use(c, f, r);
    if (f->on_delete == ON_DELETE_CASCADE)
        return operation_delete_within(c, source, r->source);
    return operation_clear_within(c, source, r->source, f->path);
}

enum { RELEASE_BATCH = 100 };

enum err rows_release(struct change *c)
{
    struct uuid environment = c->type->in_environment ? c->environment : (struct uuid){ { 0 } };
    struct reference *list;
    size_t n;

    do {
        TRY(tx_reference_list(c->tx, tx_arena(c->tx), environment, c->type->name, c->id, STR_NONE,
                              RELEASE_BATCH, &list, &n));
        for (size_t i = 0; i < n; i++)
            TRY(release_one(c, &list[i]));
    } while (n == RELEASE_BATCH);
    return OK;
}
