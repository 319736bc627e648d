/* SPDX-License-Identifier: Apache-2.0 */
/* Creating, reading, replacing, patching and deleting the objects of any type. */
#include "resource/operation.h"

#include "base/clock.h"
#include "resource/document.h"
#include "resource/event.h"
#include "resource/reply.h"
#include "resource/rows.h"
#include "resource/self.h"
#include "resource/target.h"

#include <string.h>

static struct uuid partition(const struct type *t, struct uuid environment)
{
    return t->in_environment ? environment : (struct uuid){ { 0 } };
}

static enum err run_hook(change_hook *hook, struct change *c)
{
    return hook ? hook(c) : OK;
}

/* The environment's and the parent's number of objects of this type. */
static enum err count_object(struct change *c, int64_t delta, int64_t *ret)
{
    struct uuid owner = c->type->parent ? c->parent : (struct uuid){ { 0 } };

    return tx_counter_add(c->tx, partition(c->type, c->environment), ROWS_COUNTER(c->type), owner, delta,
                          ret);
}

static enum err refuse_too_many(struct change *c)
{
    struct buf b = buf_make(c->rq->arena, BUF_NO_LIMIT);
    struct str inner;

    json_add_int(&b, "maximumValue", (int64_t)c->type->max_count);
    TRY(buf_finish(&b, &inner));
    return problem_detail_inner(c->rq, LIMIT_EXCEEDED, STR_NONE, c->type->max_message, inner);
}

struct change change_other(const struct change *cause, struct uuid id)
{
    struct change other = *cause;

    other.id = id;
    other.sets_n = 0;
    other.secret = STR_NONE;
    return other;
}

static enum err unset_default(struct change *c, const struct field *f, struct uuid holder)
{
    struct change other = change_other(c, holder);
    struct object o;

    TRY(tx_get(c->tx, tx_arena(c->tx), partition(c->type, c->environment), c->type->name, holder, &o));
    TRY(change_set(&other, f->name.p, STR("false"))); /* names of schemas end in NUL */
    return object_amend(&other, &o);
}

/* A new default takes the mark from the one that had it; the mark cannot just be dropped. */
static enum err move_default(struct change *c)
{
    const struct field *f = rows_default_field(c->type);
    struct uuid environment, holder;
    struct unique u;
    bool is_default;
    enum err e;

    if (!rows_default_holder(c->type, c->environment, &u))
        return OK;
    is_default = json_is_true(document_get(c->document, f->path));
    if (!is_default && c->old && json_is_true(document_get(c->old, f->path)))
        return problem_detail(c->rq, CONSTRAINT_VIOLATION, f->path,
                              STR("Another object must be made the default instead."));
    if (!is_default)
        return OK;
    e = tx_unique_get(c->tx, &u, &environment, &holder);
    if (e != OK && e != NOT_FOUND)
        return e;
    if (e == OK && uuid_eq(holder, c->id))
        return OK;
    if (e == OK) {
        TRY(tx_unique_delete(c->tx, &u));
        TRY(unset_default(c, f, holder));
    }
    return tx_unique_put(c->tx, &u, c->environment, c->id, NULL);
}

static enum err touch(struct change *c)
{
    return c->type->cached ? tx_touch(c->tx, partition(c->type, c->environment)) : OK;
}

static enum err parse_document(struct change *c, struct str text)
{
    return json_parse(tx_arena(c->tx), text, NULL, &c->document);
}

enum err operation_create_within(struct change *c)
{
    struct object o = { .environment = partition(c->type, c->environment),
                        .type = c->type->name,
                        .id = c->id,
                        .parent = c->parent };
    int64_t count;

    TRY(document_make(c, &o.document));
    TRY(parse_document(c, o.document));
    if (c->type->hooks->before_create) {
        TRY(c->type->hooks->before_create(c));
        TRY(document_make(c, &o.document));
        TRY(parse_document(c, o.document));
    }
    o.secret = c->secret;
    TRY(rows_change(c, NULL, c->document));
    TRY(move_default(c));
    TRY(tx_insert(c->tx, &o));
    TRY(count_object(c, 1, &count));
    if (c->type->max_count && count > (int64_t)c->type->max_count)
        return refuse_too_many(c);
    c->old_object = o;
    TRY(run_hook(c->type->hooks->after_create, c));
    TRY(event_write(c, "CREATED"));
    return touch(c);
}

/* What the object is to become, before anything is written. */
static enum err update_make(struct change *c, struct object *ret)
{
    *ret = c->old_object;
    TRY(document_make(c, &ret->document));
    TRY(parse_document(c, ret->document));
    if (c->type->hooks->before_replace) {
        TRY(c->type->hooks->before_replace(c));
        TRY(document_make(c, &ret->document));
        TRY(parse_document(c, ret->document));
    }
    if (!str_is_none(c->secret))
        ret->secret = c->secret;
    return OK;
}

static enum err update_keep(struct change *c, struct object *o)
{
    TRY(rows_change(c, c->old, c->document));
    TRY(move_default(c));
    TRY(tx_update(c->tx, o));
    o->version++;
    c->old_object = *o;
    TRY(run_hook(c->type->hooks->after_replace, c));
    TRY(event_write(c, "UPDATED"));
    return touch(c);
}

static const struct member_set *find_set(const struct change *c, struct str name)
{
    for (size_t i = 0; i < c->sets_n; i++)
        if (str_eq(c->sets[i].name, name))
            return &c->sets[i];
    return NULL;
}

/* The old document with the sets put in place of what they name, or behind it. */
static enum err amend_document(struct change *c, const struct json *old, struct str *ret)
{
    struct buf b = buf_make(tx_arena(c->tx), BUF_NO_LIMIT);

    json_open(&b, '{');
    json_each (m, old) {
        if (!find_set(c, m.name) && !str_is(m.name, "updatedAt"))
            json_key_str(&b, m.name), json_write(&b, m.value);
    }
    for (size_t i = 0; i < c->sets_n; i++)
        if (!str_is_none(c->sets[i].text))
            json_key_str(&b, c->sets[i].name), buf_add(&b, c->sets[i].text);
    json_add_time(&b, "updatedAt", c->now_ms);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

enum err object_amend(struct change *c, struct object *o)
{
    TRY(json_parse_stored(tx_arena(c->tx), o->document, &c->old));
    TRY(amend_document(c, c->old, &o->document));
    TRY(parse_document(c, o->document));
    if (!str_is_none(c->secret))
        o->secret = c->secret;
    TRY(rows_change(c, c->old, c->document));
    TRY(tx_update(c->tx, o));
    o->version++;
    TRY(event_write(c, "UPDATED"));
    return touch(c);
}

enum { CHILDREN_BATCH = 100 };

static enum err delete_children(struct change *c, const struct type *child)
{
    struct object_range range = { .environment = partition(child, c->environment),
                                  .type = child->name,
                                  .has_parent = true,
                                  .parent = c->id,
                                  .limit = CHILDREN_BATCH };
    struct object_list list;

    do {
        TRY(tx_list(c->tx, tx_arena(c->tx), &range, &list));
        for (size_t i = 0; i < list.n; i++)
            TRY(operation_delete_within(c, child, list.items[i].id));
    } while (list.n == CHILDREN_BATCH);
    return OK;
}

static enum err release_default(struct change *c)
{
    const struct field *f = rows_default_field(c->type);

    if (!f || !json_is_true(document_get(c->old, f->path)))
        return OK;
    return problem_detail(c->rq, CONSTRAINT_VIOLATION, STR_NONE, f->one_default);
}

/* c->old_object and c->old are read already. */
static enum err delete_object(struct change *c)
{
    int64_t count;

    TRY(run_hook(c->type->hooks->before_delete, c));
    for (size_t i = 0; i < c->type->children_n; i++)
        TRY(delete_children(c, c->type->children[i]));
    TRY(rows_release(c));
    TRY(rows_change(c, c->old, NULL));
    TRY(tx_delete(c->tx, partition(c->type, c->environment), c->type->name, c->id));
    TRY(count_object(c, -1, &count));
    TRY(run_hook(c->type->hooks->after_delete, c));
    TRY(event_write(c, "DELETED"));
    return touch(c);
}

static enum err read_old(struct change *c)
{
    TRY(tx_get(c->tx, tx_arena(c->tx), partition(c->type, c->environment), c->type->name, c->id,
               &c->old_object));
    c->parent = c->old_object.parent;
    return json_parse_stored(tx_arena(c->tx), c->old_object.document, &c->old);
}

static struct change change_because_of(struct change *cause, const struct type *type, struct uuid id)
{
    struct change c = {
        .rq = cause->rq,
        .site = cause->site,
        .registry = cause->registry,
        .type = type,
        .actor = cause->actor,
        .tx = cause->tx,
        .environment = cause->environment,
        .id = id,
        .now_ms = cause->now_ms,
    };

    return c;
}

enum err operation_delete_within(struct change *cause, const struct type *type, struct uuid id)
{
    struct change c = change_because_of(cause, type, id);
    enum err e;

    c.operation = OPERATION_DELETE;
    c.cascading = true;
    e = read_old(&c);
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    return delete_object(&c);
}

/* Without the member at `path`: its outermost object goes as a whole ("passwordPolicy" of
 * "passwordPolicy.id"). */
enum err operation_clear_within(struct change *cause, const struct type *type, struct uuid id,
                                struct str path)
{
    struct change c = change_because_of(cause, type, id);
    struct str name = str_slice(path, 0, str_index(path, '.'));
    char *text = str_z(tx_arena(cause->tx), name);

    if (!text)
        return NO_MEMORY;
    c.operation = OPERATION_PATCH;
    TRY(read_old(&c));
    TRY(change_set(&c, text, STR_NONE));
    return object_amend(&c, &c.old_object);
}

/* From here on: the handlers. */

struct write_call {
    struct target *target;
    struct change change;
};

static struct change change_begin(struct http_request *rq, const struct target *t, enum operation operation)
{
    return (struct change){
        .rq = rq,
        .site = t->site,
        .registry = t->registry,
        .type = t->type,
        .actor = t->actor,
        .operation = operation,
        .environment = t->environment,
        .parent = t->parent,
        .id = t->id,
        .now_ms = clock_now_ms(),
    };
}

/* The parent must be there, and in reach of the actor, in the transaction too. */
static enum err check_parent(struct change *c, const struct target *t)
{
    struct object parent;

    if (!c->type->parent)
        return OK;
    TRY(target_parent(t, c->rq, c->tx, tx_arena(c->tx), &parent));
    return json_parse_stored(tx_arena(c->tx), parent.document, &c->parent_document);
}

/* A closure runs again after a conflict: what the last run said is forgotten. */
static void change_restart(struct write_call *w, struct change *c, struct tx *tx)
{
    *c = w->change;
    c->tx = tx;
    c->rq->problem = (struct problem){ 0 };
}

static enum err keep_outcome(struct http_request *rq, const struct change *c, struct object *ret)
{
    *ret = c->old_object;
    TRY(str_copy(rq->arena, c->old_object.document, &ret->document));
    ret->secret = STR_NONE;
    return OK;
}

static enum err create_in(struct tx *tx, void *arg)
{
    struct write_call *w = arg;
    struct change c;

    change_restart(w, &c, tx);
    TRY(target_environment(w->target, c.rq, tx));
    TRY(check_parent(&c, w->target));
    TRY(operation_create_within(&c));
    TRY(target_admits(w->target, c.rq, tx, &c.old_object));
    return keep_outcome(c.rq, &c, &w->change.old_object);
}

static enum err answer(struct http_request *rq, struct http_response *rs, const struct target *t,
                       const struct object *o, int status)
{
    struct tx *tx;

    TRY(store_read_begin(t->site->store, rq->arena, &tx));
    TRY(reply_with_object(t, rq, rs, tx, o, status));
    tx_end(tx);
    return OK;
}

enum err operation_create(struct http_request *rq, struct http_response *rs)
{
    struct target t;
    struct write_call w = { .target = &t };

    TRY(target_resolve(rq, rq->route->context, OPERATION_CREATE, &t));
    t.id = uuid_v7();
    w.change = change_begin(rq, &t, OPERATION_CREATE);
    TRY(body_check(rq, &t.type->fields, OPERATION_CREATE, t.type->strict_integers, &w.change.body));
    TRY(run_hook(t.type->hooks->prepare, &w.change));
    TRY(store_write(t.site->store, create_in, &w));
    return answer(rq, rs, &t, &w.change.old_object, 201);
}

static enum err update_in(struct tx *tx, void *arg)
{
    struct write_call *w = arg;
    struct object updated;
    struct change c;

    change_restart(w, &c, tx);
    TRY(target_read(w->target, c.rq, tx, tx_arena(tx), &c.old_object));
    TRY(check_parent(&c, w->target));
    TRY(json_parse_stored(tx_arena(tx), c.old_object.document, &c.old));
    TRY(self_check_body(w->target, &c));
    TRY(update_make(&c, &updated));
    TRY(self_check_change(w->target, &c)); /* first: a value that is taken tells of others */
    TRY(update_keep(&c, &updated));
    TRY(target_admits(w->target, c.rq, tx, &c.old_object));
    return keep_outcome(c.rq, &c, &w->change.old_object);
}

static enum err update(struct http_request *rq, struct http_response *rs, enum operation operation)
{
    struct target t;
    struct write_call w = { .target = &t };

    TRY(target_resolve(rq, rq->route->context, operation, &t));
    w.change = change_begin(rq, &t, operation);
    TRY(body_check(rq, &t.type->fields, operation, t.type->strict_integers, &w.change.body));
    TRY(run_hook(t.type->hooks->prepare, &w.change));
    TRY(store_write(t.site->store, update_in, &w));
    return answer(rq, rs, &t, &w.change.old_object, 200);
}

enum err operation_replace(struct http_request *rq, struct http_response *rs)
{
    return update(rq, rs, OPERATION_REPLACE);
}

enum err operation_patch(struct http_request *rq, struct http_response *rs)
{
    return update(rq, rs, OPERATION_PATCH);
}

static enum err delete_in(struct tx *tx, void *arg)
{
    struct write_call *w = arg;
    struct change c;

    change_restart(w, &c, tx);
    TRY(target_read(w->target, c.rq, tx, tx_arena(tx), &c.old_object));
    c.parent = c.old_object.parent;
    TRY(json_parse_stored(tx_arena(tx), c.old_object.document, &c.old));
    TRY(release_default(&c));
    return delete_object(&c);
}

enum err operation_delete(struct http_request *rq, struct http_response *rs)
{
    struct target t;
    struct write_call w = { .target = &t };

    TRY(target_resolve(rq, rq->route->context, OPERATION_DELETE, &t));
    w.change = change_begin(rq, &t, OPERATION_DELETE);
    TRY(store_write(t.site->store, delete_in, &w));
    rs->status = 204;
    return OK;
}

enum err operation_read_stored(struct http_request *rq, struct http_response *rs)
{
    const struct type *type = rq->route->context;
    struct target t;
    struct object o;
    struct tx *tx;

    TRY(target_resolve(rq, type, OPERATION_READ, &t));
    TRY(store_read_begin(t.site->store, rq->arena, &tx));
    TRY(target_read(&t, rq, tx, rq->arena, &o));
    if (type->hooks->form)
        TRY(type->hooks->form(rq, &o, rs));
    if (!rs->status)
        TRY(reply_with_object(&t, rq, rs, tx, &o, 200));
    tx_end(tx);
    return OK;
}

enum err operation_read(struct http_request *rq, struct http_response *rs)
{
    const struct type *type = rq->route->context;

    return type->hooks->read ? type->hooks->read(rq, rs) : operation_read_stored(rq, rs);
}

static action_handler *action_find(const struct type *t, struct str name)
{
    const struct action_entry *e = t->hooks->actions;

    for (; e && e->name; e++)
        if (str_is(name, e->name))
            return e->handle;
    return NULL;
}

enum err operation_action(struct http_request *rq, struct http_response *rs)
{
    const struct action *action = rq->route->context;
    struct action_call call = { .rq = rq, .action = action };
    struct target t;
    struct tx *tx;

    TRY(target_resolve_action(rq, action, &t));
    call.site = t.site;
    call.registry = t.registry;
    call.actor = t.actor;
    call.environment = t.environment;
    call.parent = t.parent;
    call.id = t.id;
    call.target = &t;
    if (!action->on_collection) {
        TRY(store_read_begin(t.site->store, rq->arena, &tx));
        TRY(target_read(&t, rq, tx, rq->arena, &call.object));
        tx_end(tx);
        TRY(json_parse_stored(rq->arena, call.object.document, &call.document));
    }
    if (action->request.kind != FIELD_ANY)
        TRY(body_check(rq, &action->request, OPERATION_CREATE, false, &call.body));
    return action_find(action->type, action->name)(&call, rs);
}
