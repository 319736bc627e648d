/* SPDX-License-Identifier: Apache-2.0 */
/* Who uses a key, and which one is the default of its usage. */
#include "platform/key.h"

#include "resource/reply.h"
#include "resource/target.h"

enum { APPLICATIONS_MAX = 1000, KEYS_BATCH = 100 };

static enum err users_of(struct tx *tx, struct arena *a, struct uuid environment, struct uuid key,
                         size_t limit, struct reference **ret, size_t *ret_n)
{
    return tx_reference_list(tx, a, environment, STR("key"), key, STR("application"), limit, ret, ret_n);
}

struct listing {
    struct http_request *rq;
    struct target target; /* of applications */
    const struct filter *reach;
    struct tx *tx;
    struct buf *b;
    size_t n;
};

static enum err write_application(struct listing *l, struct uuid id)
{
    const struct json *document;
    struct object o;

    TRY(tx_get(l->tx, l->rq->arena, l->target.environment, l->target.type->name, id, &o));
    TRY(json_parse_stored(l->rq->arena, o.document, &document));
    if (!filter_matches(l->reach, document))
        return OK;
    l->n++;
    return reply_object(l->b, &l->target, l->rq, l->tx, &o);
}

static enum err write_applications(struct listing *l, struct action_call *call)
{
    struct reference *list;
    size_t n;

    TRY(store_read_begin(call->site->store, l->rq->arena, &l->tx));
    TRY(users_of(l->tx, l->rq->arena, call->environment, call->id, APPLICATIONS_MAX, &list, &n));
    for (size_t i = 0; i < n; i++)
        TRY(write_application(l, list[i].source));
    tx_end(l->tx);
    return OK;
}

static enum err write_self(struct buf *b, struct action_call *call)
{
    char id[UUID_TEXT_LENGTH + 1];

    uuid_format(call->id, id);
    buf_add_z(b, "{\"_links\":{\"self\":{\"href\":\"");
    TRY(reply_collection_url(b, call->target, call->rq));
    buf_printf(b, "/%s/applications\"}},", id);
    return OK;
}

/* Who may read keys learns nothing of applications that they may not read. */
enum err key_applications_list(struct action_call *call, struct http_response *rs)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct listing l = { .rq = call->rq, .b = &b };
    struct str body;

    TRY(target_resolve(l.rq, registry_find(call->registry, STR("application")), OPERATION_LIST, &l.target));
    TRY(target_filter(&l.target, l.rq, &l.reach));
    TRY(write_self(&b, call));
    buf_add_z(&b, "\"_embedded\":{\"applications\":[");
    TRY(write_applications(&l, call));
    buf_printf(&b, "]},\"count\":%zu,\"size\":%zu}\n", l.n, l.n);
    TRY(buf_finish(&b, &body));
    reply_body(l.rq, rs, 200, body);
    return OK;
}

enum err key_use_check(struct change *c)
{
    struct reference *list;
    size_t n;

    if (json_eq(json_get(c->old, "usageType"), json_get(c->document, "usageType")))
        return OK;
    TRY(users_of(c->tx, tx_arena(c->tx), c->environment, c->id, 1, &list, &n));
    if (n)
        return change_refuse(c, CONSTRAINT_VIOLATION, "usageType",
                             "The Key must not be in use by an application.");
    return OK;
}

/* Whether another key is the default of the usage that this one is to be the default of. */
static bool is_rival(const struct change *c, const struct object *o, const struct json *document)
{
    return !uuid_eq(o->id, c->id) && json_is_true(json_get(document, "default")) &&
           json_eq(json_get(document, "usageType"), json_get(c->document, "usageType"));
}

static enum err unset_rivals(struct change *c, struct object_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        struct object *o = &list->items[i];
        struct change other = change_other(c, o->id);
        const struct json *document;

        TRY(json_parse_stored(tx_arena(c->tx), o->document, &document));
        if (!is_rival(c, o, document))
            continue;
        TRY(change_set(&other, "default", STR("false")));
        TRY(key_keep_serial(&other, o, document));
        TRY(object_amend(&other, o));
    }
    return OK;
}

enum err key_default_move(struct change *c)
{
    struct object_range range = { .environment = c->environment, .type = c->type->name, .limit = KEYS_BATCH };
    struct object_list list;

    if (!json_is_true(json_get(c->document, "default")))
        return OK;
    do {
        TRY(tx_list(c->tx, tx_arena(c->tx), &range, &list));
        if (list.n)
            range.after = list.items[list.n - 1].id;
        TRY(unset_rivals(c, &list));
    } while (list.n == KEYS_BATCH);
    return OK;
}
