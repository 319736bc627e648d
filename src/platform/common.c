/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of the families. */
#include "platform/common.h"

#include "base/clock.h"
#include "resource/operation.h"
#include "resource/reply.h"
#include "resource/target.h"

enum err create_along(struct change *cause, const char *type, struct uuid parent, struct uuid id,
                      struct str document)
{
    struct change c = {
        .rq = cause->rq,
        .site = cause->site,
        .registry = cause->registry,
        .actor = cause->actor,
        .tx = cause->tx,
        .operation = OPERATION_CREATE,
        .environment = cause->environment,
        .parent = parent,
        .now_ms = cause->now_ms,
        .seeding = true,
    };

    c.type = registry_find(cause->registry, str_from(type));
    c.id = uuid_is_nil(id) ? uuid_v7() : id;
    TRY(json_parse(tx_arena(cause->tx), document, NULL, &c.body));
    return operation_create_within(&c);
}

enum err create_sub_attribute(struct change *cause, const char *type)
{
    bool application = strcmp(type, "applicationAttribute") == 0;

    return create_along(
        cause, type, cause->id, (struct uuid){ { 0 } },
        application
            ? STR("{\"name\":\"sub\",\"value\":\"${user.id}\",\"mappingType\":\"CORE\",\"required\":true}")
            : STR("{\"name\":\"sub\",\"value\":\"${user.id}\",\"type\":\"CORE\"}"));
}

struct change action_change(struct action_call *call, struct tx *tx)
{
    return (struct change){
        .rq = call->rq,
        .site = call->site,
        .registry = call->registry,
        .type = call->action->type,
        .actor = call->actor,
        .tx = tx,
        .environment = call->environment,
        .id = call->id,
        .now_ms = clock_now_ms(),
    };
}

struct amend_call {
    struct action_call *call;
    const struct member_set *sets;
    size_t n;
    struct str secret;
    struct object *result;
};

static enum err amend_in(struct tx *tx, void *arg)
{
    struct amend_call *m = arg;
    struct action_call *call = m->call;
    struct change c = action_change(call, tx);
    struct object o;

    call->rq->problem = (struct problem){ 0 };
    TRY(target_read(call->target, call->rq, tx, tx_arena(tx), &o));
    c.operation = OPERATION_PATCH;
    c.parent = o.parent;
    memcpy(c.sets, m->sets, m->n * sizeof(*m->sets));
    c.sets_n = m->n;
    c.secret = m->secret;
    TRY(object_amend(&c, &o));
    TRY(target_admits(call->target, call->rq, tx, &o));
    *m->result = o;
    return str_copy(call->rq->arena, o.document, &m->result->document);
}

enum err action_amend_secret(struct action_call *call, const struct member_set *sets, size_t n,
                             struct str secret, struct object *ret)
{
    struct amend_call m = { .call = call, .sets = sets, .n = n, .secret = secret, .result = ret };

    return store_write(call->site->store, amend_in, &m);
}

enum err action_amend(struct action_call *call, const struct member_set *sets, size_t n, struct object *ret)
{
    return action_amend_secret(call, sets, n, STR_NONE, ret);
}

struct create_call {
    struct action_call *call;
    const struct json *body;
    struct str secret;
    void *prepared;
    struct uuid id;
    struct object result;
};

static enum err create_in(struct tx *tx, void *arg)
{
    struct create_call *m = arg;
    struct action_call *call = m->call;
    struct change c = action_change(call, tx);

    c.operation = OPERATION_CREATE;
    c.id = m->id;
    c.body = m->body;
    c.secret = m->secret;
    c.prepared = m->prepared;
    call->rq->problem = (struct problem){ 0 };
    TRY(target_environment(call->target, call->rq, tx));
    TRY(operation_create_within(&c));
    TRY(target_admits(call->target, call->rq, tx, &c.old_object));
    m->result = c.old_object;
    return str_copy(call->rq->arena, c.old_object.document, &m->result.document);
}

enum err action_create(struct action_call *call, struct http_response *rs, const struct json *body,
                       struct str secret, void *prepared)
{
    struct create_call m = {
        .call = call, .body = body, .secret = secret, .prepared = prepared, .id = uuid_v7()
    };
    struct target t = *call->target;

    TRY(store_write(call->site->store, create_in, &m));
    t.id = m.id;
    call->target = &t;
    return action_reply_object(call, rs, &m.result, 201);
}

static enum err object_url(struct action_call *call, struct str *ret)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    char id[UUID_TEXT_LENGTH + 1];

    uuid_format(call->id, id);
    TRY(reply_collection_url(&b, call->target, call->rq));
    buf_printf(&b, "/%s", id);
    return buf_finish(&b, ret);
}

static void add_link(struct buf *b, const char *relation, struct str url, const char *below)
{
    json_open_member(b, relation, '{');
    json_key(b, "href");
    buf_printf(b, "\"%.*s%s\"", STR_FMT(url), below);
    json_close(b, '}');
}

/* Links of a sub-resource and, in an environment, whose it is. */
static enum err write_sub_head(struct buf *b, struct action_call *call, const struct sub_resource *sub)
{
    struct str url, environment, id;
    char text[UUID_TEXT_LENGTH + 1];

    TRY(object_url(call, &url));
    TRY(id_text(b->arena, call->environment, &id));
    uuid_format(call->environment, text);
    TRY(str_printf(b->arena, &environment, "%.*s://%.*s/v1/environments/%s", STR_FMT(call->rq->scheme),
                   STR_FMT(call->rq->authority), text));
    json_open_member(b, "_links", '{');
    add_link(b, "self", url, sub->below);
    if (call->action->type->in_environment)
        add_link(b, "environment", environment, "");
    add_link(b, call->action->type->name.p, url, "");
    if (sub->policy_link.len)
        add_link(b, "passwordPolicy", environment, sub->policy_link.p);
    for (const char *const *name = sub->actions; name && *name; name++)
        add_link(b, *name, url, sub->below);
    json_close(b, '}');
    if (call->action->type->in_environment)
        json_add_raw(b, "environment", id);
    return OK;
}

enum err action_reply_sub(struct action_call *call, struct http_response *rs, const struct sub_resource *sub)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct str body;

    json_open(&b, '{');
    TRY(write_sub_head(&b, call, sub));
    if (sub->members.len)
        json_add_extra(&b, sub->members);
    buf_add_z(&b, "}\n");
    TRY(buf_finish(&b, &body));
    reply_body(call->rq, rs, 200, body);
    return OK;
}

enum err action_reply(struct action_call *call, struct http_response *rs, const char *below,
                      struct str members)
{
    return action_reply_sub(call, rs, &(struct sub_resource){ .below = below, .members = members });
}

enum err action_reply_object(struct action_call *call, struct http_response *rs, const struct object *o,
                             int status)
{
    struct tx *tx;

    TRY(store_read_begin(call->site->store, call->rq->arena, &tx));
    TRY(reply_with_object(call->target, call->rq, rs, tx, o, status));
    tx_end(tx);
    return OK;
}

enum err id_text(struct arena *a, struct uuid id, struct str *ret)
{
    char text[UUID_TEXT_LENGTH + 1];

    uuid_format(id, text);
    return str_printf(a, ret, "{\"id\":\"%s\"}", text);
}
