/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the store in the order of its keys, a batch at a time. */
#include "resource/verify.h"

#include "base/clock.h"
#include "resource/recount.h"
#include "resource/rows.h"
#include "resource/seals.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    BATCH = 500,
    STRAYS_MAX = 1000, /* more than anybody reads */
};

/* What is known of the environment that the walk is in. */
struct place {
    bool known, erased;
    struct uuid environment;
};

struct verifier {
    const struct verification *v;
    struct verify_totals totals;
    struct tx *tx;
    struct arena *arena; /* of one object, rewound after it */
    struct place place;
    struct counter last; /* whose presence was seen last; its name is the registry's */
    int64_t now_ms;
};

/* Tell a fault of an object. */
static void tell(struct verifier *v, const struct object *o, struct str attribute, const char *format, ...)
    PRINTF(4, 5);

static void tell(struct verifier *v, const struct object *o, struct str attribute, const char *format, ...)
{
    struct verify_fault f = {
        .environment = o->environment, .type = o->type, .id = o->id, .attribute = attribute
    };
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    f.what = str_from(text);
    v->totals.faults++;
    v->v->fault(v->v->arg, &f);
}

static enum err exists(struct verifier *v, struct uuid environment, struct str type, struct uuid id,
                       bool *ret)
{
    struct object found;
    enum err e = tx_get(v->tx, v->arena, environment, type, id, &found);

    if (e != OK && e != NOT_FOUND)
        return e;
    *ret = e == OK;
    return OK;
}

/* Once an environment, for all that lies in it. */
static enum err enter_environment(struct verifier *v, struct uuid environment)
{
    struct object of = { .type = STR("environment"), .id = environment };
    bool there = true;

    if (v->place.known && uuid_eq(v->place.environment, environment))
        return OK;
    v->place = (struct place){ .known = true, .environment = environment };
    if (uuid_is_nil(environment))
        return OK;
    TRY(tx_is_erased(v->tx, environment, &v->place.erased));
    if (!v->place.erased)
        TRY(exists(v, of.environment, of.type, of.id, &there));
    if (!there)
        tell(v, &of, STR_NONE, "there are objects in this environment, but it does not exist");
    return OK;
}

static bool same_unique(const struct unique *x, const struct unique *y)
{
    return uuid_eq(x->scope, y->scope) && str_eq(x->attribute, y->attribute) && str_eq(x->value, y->value);
}

static bool same_index(const struct index_value *x, const struct index_value *y)
{
    return str_eq(x->attribute, y->attribute) && str_eq(x->value, y->value);
}

static bool same_reference(const struct reference *x, const struct reference *y)
{
    return str_eq(x->attribute, y->attribute) && str_eq(x->target_type, y->target_type) &&
           uuid_eq(x->target, y->target);
}

static bool has_unique(const struct object_rows *rows, const struct unique *u)
{
    for (size_t i = 0; i < rows->unique_n; i++)
        if (same_unique(&rows->unique[i], u))
            return true;
    return false;
}

static bool has_index(const struct object_rows *rows, const struct index_value *x)
{
    for (size_t i = 0; i < rows->index_n; i++)
        if (same_index(&rows->index[i], x))
            return true;
    return false;
}

static bool has_reference(const struct object_rows *rows, const struct reference *r)
{
    for (size_t i = 0; i < rows->references_n; i++)
        if (same_reference(&rows->references[i], r))
            return true;
    return false;
}

static void compare_unique(struct verifier *v, const struct object *o, const struct object_rows *want,
                           const struct object_rows *kept)
{
    for (size_t i = 0; i < want->unique_n; i++)
        if (!has_unique(kept, &want->unique[i]))
            tell(v, o, want->unique[i].attribute, "its unique row is missing or names another object");
    for (size_t i = 0; i < kept->unique_n; i++)
        if (!has_unique(want, &kept->unique[i]))
            tell(v, o, kept->unique[i].attribute, "it holds a unique value that its document does not have");
}

static void compare_index(struct verifier *v, const struct object *o, const struct object_rows *want,
                          const struct object_rows *kept)
{
    for (size_t i = 0; i < want->index_n; i++)
        if (!has_index(kept, &want->index[i]))
            tell(v, o, want->index[i].attribute, "its index row is missing");
    for (size_t i = 0; i < kept->index_n; i++)
        if (!has_index(want, &kept->index[i]))
            tell(v, o, kept->index[i].attribute,
                 "it has an index row that does not follow from its document");
}

static void compare_references(struct verifier *v, const struct object *o, const struct object_rows *want,
                               const struct object_rows *kept)
{
    for (size_t i = 0; i < want->references_n; i++)
        if (!has_reference(kept, &want->references[i]))
            tell(v, o, want->references[i].attribute, "its reference row is missing");
    for (size_t i = 0; i < kept->references_n; i++)
        if (!has_reference(want, &kept->references[i]))
            tell(v, o, kept->references[i].attribute,
                 "it has a reference row that does not follow from its document");
}

static enum err check_target(struct verifier *v, const struct object *o, const struct reference *r)
{
    char text[UUID_TEXT_LENGTH + 1];
    bool there;

    TRY(exists(v, r->environment, r->target_type, r->target, &there));
    uuid_format(r->target, text);
    if (!there)
        tell(v, o, r->attribute, "it refers to %.*s %s, which does not exist", STR_FMT(r->target_type), text);
    return OK;
}

/* A counter that counts something must be there; its value is compared later, by a recount. */
static enum err check_counter(struct verifier *v, const struct object *o, const struct counter *c)
{
    int64_t n;

    if (uuid_eq(c->environment, v->last.environment) && str_eq(c->name, v->last.name) &&
        uuid_eq(c->id, v->last.id))
        return OK;
    TRY(tx_counter_get(v->tx, c->environment, c->name, c->id, &n));
    v->last = *c;
    if (n == 0)
        tell(v, o, STR_NONE, "the counter %.*s that counts it is missing or 0", STR_FMT(c->name));
    return OK;
}

static enum err check_counters(struct verifier *v, const struct type *t, const struct object *o,
                               const struct object_rows *want)
{
    struct counter c = { .environment = o->environment, .name = ROWS_COUNTER(t) };

    if (t->parent)
        c.id = o->parent;
    TRY(check_counter(v, o, &c));
    for (size_t i = 0; i < want->references_n; i++) {
        const struct field *f = rows_reference_field(t, want->references[i].attribute);

        if (!f || !f->count.len)
            continue;
        c = (struct counter){ o->environment, f->count, want->references[i].target, 0 };
        TRY(check_counter(v, o, &c));
    }
    return OK;
}

static enum err check_parent(struct verifier *v, const struct type *t, const struct object *o)
{
    struct uuid environment = { { 0 } };
    char text[UUID_TEXT_LENGTH + 1];
    bool there;

    if (!t->parent)
        return OK;
    if (t->parent->in_environment)
        environment = o->environment;
    TRY(exists(v, environment, t->parent->name, o->parent, &there));
    uuid_format(o->parent, text);
    if (!there)
        tell(v, o, STR_NONE, "its parent, %.*s %s, does not exist", STR_FMT(t->parent->name), text);
    return OK;
}

static enum err check_rows(struct verifier *v, const struct type *t, const struct object *o,
                           const struct json *document)
{
    struct object_rows want, kept;

    TRY(rows_derive(v->arena, t, o, document, &want));
    TRY(tx_rows_of(v->tx, v->arena, o, &kept));
    compare_unique(v, o, &want, &kept);
    compare_index(v, o, &want, &kept);
    compare_references(v, o, &want, &kept);
    for (size_t i = 0; i < want.references_n; i++)
        TRY(check_target(v, o, &want.references[i]));
    v->totals.rows += (int64_t)(kept.unique_n + kept.index_n);
    v->totals.references += (int64_t)kept.references_n;
    return check_counters(v, t, o, &want);
}

static enum err check_seals(struct verifier *v, const struct object *o)
{
    struct seals_fault fault;
    size_t opened;
    enum err e = seals_open(v->arena, v->v->key, o, &fault, &opened);

    if (e == CORRUPT) {
        tell(v, o, str_from(fault.member), "%s", fault.what);
        return OK;
    }
    TRY(e);
    v->totals.seals += (int64_t)opened;
    return OK;
}

/* Internal objects (sessions, codes, keys) have no type in the registry: their rows and documents are their
 * owners'. */
static enum err check_live(struct verifier *v, const struct object *o)
{
    const struct type *t = registry_find(v->v->registry, o->type);
    const struct json *document;
    enum err e = json_parse(v->arena, o->document, NULL, &document);

    if (e == NO_MEMORY)
        return e;
    if (e != OK || json_kind(document) != JSON_OBJECT) {
        tell(v, o, STR_NONE, "its document is no JSON object");
        return OK;
    }
    if (o->version < 1)
        tell(v, o, STR_NONE, "its version is %lld, less than 1", (long long)o->version);
    TRY(check_seals(v, o));
    if (!t)
        return OK;
    TRY(check_parent(v, t, o));
    return check_rows(v, t, o, document);
}

/* The expired wait for the sweeper, and so do those of an erased environment. */
static enum err check_object(struct verifier *v, const struct object *o)
{
    TRY(enter_environment(v, o->environment));
    if (v->place.erased)
        return OK;
    v->totals.objects++;
    if (o->expires_at_ms && o->expires_at_ms <= v->now_ms) {
        v->totals.expired++;
        return OK;
    }
    return check_live(v, o);
}

static enum err check_batch(struct verifier *v, const struct object_list *list)
{
    struct arena_mark clean = arena_mark(v->arena);
    enum err e = OK;

    for (size_t i = 0; i < list->n && e == OK; i++) {
        e = check_object(v, &list->items[i]);
        arena_rewind(v->arena, clean);
    }
    return e;
}

/* The key of the last object of a batch outlives it. */
static enum err check_objects(struct verifier *v)
{
    SCOPED(arena_freep) struct arena *batch = arena_new(0);
    struct object_list list;
    struct object after;
    char type[65];
    bool started = false;

    if (!batch)
        return NO_MEMORY;
    for (;;) {
        struct arena_mark clean = arena_mark(batch);

        TRY(tx_walk_objects(v->tx, batch, started ? &after : NULL, BATCH, &list));
        if (list.n == 0)
            return OK;
        TRY(check_batch(v, &list));
        after = list.items[list.n - 1];
        snprintf(type, sizeof(type), "%.*s", STR_FMT(after.type));
        after.type = str_from(type);
        started = true;
        arena_rewind(batch, clean);
        if (v->v->progress)
            v->v->progress(v->v->arg, &v->totals);
    }
}

static enum err check_strays(struct verifier *v)
{
    static const char *const texts[] = { "a unique row names this object, which does not exist",
                                         "an index row names this object, which does not exist",
                                         "a reference row comes from this object, which does not exist" };
    struct stray *list;
    size_t n;

    TRY(tx_strays(v->tx, v->arena, STRAYS_MAX, &list, &n));
    for (size_t i = 0; i < n; i++) {
        struct object o = { .environment = list[i].environment, .type = list[i].type, .id = list[i].id };

        tell(v, &o, list[i].attribute, "%s", texts[list[i].kind]);
    }
    return OK;
}

static enum err check_value(struct verifier *v, const struct counter *c)
{
    struct object at = { .environment = c->environment, .type = STR("counter"), .id = c->id };
    int64_t n;
    bool known;

    TRY(enter_environment(v, c->environment));
    if (v->place.erased)
        return OK;
    v->totals.counters++;
    TRY(counter_recount(v->tx, v->v->registry, c, &n, &known));
    if (!known)
        tell(v, &at, c->name, "nothing is counted under this name");
    else if (n != c->value)
        tell(v, &at, c->name, "it says %lld, there are %lld", (long long)c->value, (long long)n);
    return OK;
}

static enum err check_values(struct verifier *v)
{
    struct counter *list, after = { 0 };
    char name[65];
    size_t n;

    for (bool started = false;; started = true) {
        struct arena_mark clean = arena_mark(v->arena);

        TRY(tx_walk_counters(v->tx, v->arena, started ? &after : NULL, BATCH, &list, &n));
        if (n == 0)
            return OK;
        for (size_t i = 0; i < n; i++)
            TRY(check_value(v, &list[i]));
        after = list[n - 1];
        snprintf(name, sizeof(name), "%.*s", STR_FMT(after.name));
        after.name = str_from(name);
        arena_rewind(v->arena, clean);
    }
}

static enum err check_pages(struct verifier *v)
{
    struct object nothing = { .type = STR("database") };
    struct str text;

    TRY(tx_check_pages(v->tx, v->arena, &text));
    if (!str_is_none(text))
        tell(v, &nothing, STR_NONE, "%.*s", STR_FMT(text));
    return OK;
}

enum err verify_store(const struct verification *of, struct verify_totals *ret)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0), *reading = arena_new(0);
    struct verifier v = { .v = of, .arena = a, .now_ms = clock_now_ms() };

    if (!a || !reading)
        return NO_MEMORY;
    TRY(store_read_begin(of->store, reading, &v.tx));
    TRY(check_pages(&v));
    TRY(check_objects(&v));
    TRY(check_strays(&v));
    TRY(check_values(&v));
    *ret = v.totals;
    return OK;
}
