/* SPDX-License-Identifier: Apache-2.0 */
/* Environments: what a new one is given, bill of materials, type and status, and its end. */
#include "platform/environment.h"

#include "base/clock.h"
#include "base/embedded.h"
#include "resource/operation.h"
#include "resource/reply.h"

static struct uuid derived(struct uuid environment, struct str name)
{
    size_t slash = str_index(name, '/');

    return uuid_derived(environment, str_slice(name, 0, slash), str_slice(name, slash + 1, name.len));
}

/* {"$ref": "type/name"} stands for the id of that default object. */
static void write_resolved(struct buf *b, const struct json *v, struct uuid environment)
{
    bool object = json_kind(v) == JSON_OBJECT;
    char id[UUID_TEXT_LENGTH + 1];

    if (!object && json_kind(v) != JSON_ARRAY)
        return json_write(b, v);
    if (json_get(v, "$ref")) {
        uuid_format(derived(environment, json_path_str(v, "$ref")), id);
        return json_write_str(b, str_from(id));
    }
    json_open(b, object ? '{' : '[');
    json_each (m, v) {
        json_key_str(b, m.name);
        write_resolved(b, m.value, environment);
    }
    json_close(b, object ? '}' : ']');
}

/* The type whose default object is the parent of one of this type. */
static struct uuid parent_of(struct change *c, const struct type *t, struct str name)
{
    if (!name.len)
        return (struct uuid){ { 0 } };
    return uuid_derived(c->environment, t->parent->name, name);
}

static enum err create_default(struct change *c, const struct json *entry)
{
    struct buf b = buf_make(tx_arena(c->tx), BUF_NO_LIMIT);
    struct str type = json_path_str(entry, "type"), name = json_path_str(entry, "name"), document;
    const struct type *t = registry_find(c->registry, type);

    if (!t)
        return CORRUPT;
    write_resolved(&b, json_get(entry, "document"), c->environment);
    TRY(buf_finish(&b, &document));
    return create_along(c, t->name.p, parent_of(c, t, json_path_str(entry, "parent")),
                        uuid_derived(c->environment, type, name), document);
}

enum err environment_defaults(struct change *c)
{
    const struct json *file;

    TRY(json_parse(tx_arena(c->tx), embedded_file("data/defaults.json"), NULL, &file));
    json_each (m, json_get(file, "objects"))
        TRY(create_default(c, m.value));
    return OK;
}

/* Who makes an environment administers it (reference: roles). */
static enum err give_creator_roles(struct change *c)
{
    static const char *const names[] = { "Environment Admin", "Identity Data Admin",
                                         "Client Application Developer" };
    bool is_user = !uuid_is_nil(c->actor->user);
    struct change at = *c;

    at.environment = c->actor->environment;
    for (size_t i = 0; i < LENGTH(names); i++) {
        const struct role *role = roles_named(c->site->roles, str_from(names[i]));
        char id[UUID_TEXT_LENGTH + 1], scope[UUID_TEXT_LENGTH + 1];
        struct str document;

        if (!role)
            continue;
        uuid_format(role->id, id);
        uuid_format(c->id, scope);
        TRY(str_printf(tx_arena(c->tx), &document,
                       "{\"role\":{\"id\":\"%s\"},\"scope\":{\"id\":\"%s\",\"type\":\"ENVIRONMENT\"}}", id,
                       scope));
        TRY(create_along(&at, is_user ? "userRoleAssignment" : "applicationRoleAssignment",
                         is_user ? c->actor->user : c->actor->client, (struct uuid){ { 0 } }, document));
    }
    return OK;
}

static enum err set_id(struct change *c, const char *name, struct uuid id)
{
    struct str text;

    TRY(id_text(tx_arena(c->tx), id, &text));
    return change_set(c, name, text);
}

static enum err environment_before_create(struct change *c)
{
    TRY(set_id(c, "organization", c->site->organization));
    if (!json_get(c->document, "license"))
        TRY(set_id(c, "license", c->site->license));
    if (!json_get(c->document, "billOfMaterials"))
        return change_set(c, "billOfMaterials", STR("{\"products\":[{\"type\":\"PING_ONE_BASE\"}]}"));
    return OK;
}

static enum err environment_after_create(struct change *c)
{
    struct change inside = *c;

    inside.environment = c->id;
    TRY(environment_defaults(&inside));
    return c->actor ? give_creator_roles(c) : OK;
}

static enum err environment_after_replace(struct change *c)
{
    return tx_touch(c->tx, c->id);
}

static enum err environment_before_delete(struct change *c)
{
    if (uuid_eq(c->id, c->site->administrators))
        return change_refuse(c, CONSTRAINT_VIOLATION, NULL,
                             "The Administrators environment cannot be deleted.");
    if (str_is(json_path_str(c->old, "type"), "PRODUCTION"))
        return change_refuse(c, CONSTRAINT_VIOLATION, NULL,
                             "A PRODUCTION environment cannot be deleted: make it a SANDBOX first.");
    return OK;
}

/* Gone at once for everybody; its rows are swept in batches. Roles held in it elsewhere name nothing any
 * more. */
static enum err environment_after_delete(struct change *c)
{
    TRY(tx_touch(c->tx, c->id));
    return tx_erase_environment(c->tx, c->id);
}

static enum err amend_and_reply(struct action_call *call, struct http_response *rs, const char *name,
                                const struct json *value)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct member_set set = { .name = str_from(name) };
    struct object o;

    json_write(&b, value);
    TRY(buf_finish(&b, &set.text));
    TRY(action_amend(call, &set, 1, &o));
    return action_reply_object(call, rs, &o, 200);
}

static enum err environment_type(struct action_call *call, struct http_response *rs)
{
    return amend_and_reply(call, rs, "type", json_get(call->body, "type"));
}

static enum err environment_status(struct action_call *call, struct http_response *rs)
{
    return amend_and_reply(call, rs, "status", json_get(call->body, "status"));
}

static enum err reply_bill(struct action_call *call, struct http_response *rs, const struct json *document)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct str members;

    json_each (m, json_get(document, "billOfMaterials"))
        json_key_str(&b, m.name), json_write(&b, m.value);
    json_add(&b, "createdAt", json_get(document, "createdAt"));
    json_add(&b, "updatedAt", json_get(document, "updatedAt"));
    TRY(buf_finish(&b, &members));
    return action_reply(call, rs, "/billOfMaterials", members);
}

static enum err bill_read(struct action_call *call, struct http_response *rs)
{
    return reply_bill(call, rs, call->document);
}

static enum err bill_write(struct action_call *call, struct http_response *rs)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct member_set set = { .name = STR("billOfMaterials") };
    const struct json *document;
    struct object o;

    json_open(&b, '{');
    if (json_get(call->body, "solutionType"))
        json_add(&b, "solutionType", json_get(call->body, "solutionType"));
    json_add(&b, "products", json_get(call->body, "products"));
    json_close(&b, '}');
    TRY(buf_finish(&b, &set.text));
    TRY(action_amend(call, &set, 1, &o));
    TRY(json_parse_stored(call->rq->arena, o.document, &document));
    return reply_bill(call, rs, document);
}

static const struct action_entry environment_actions[] = {
    { "environment_type", environment_type },
    { "environment_status", environment_status },
    { "environment_bill_read", bill_read },
    { "environment_bill_write", bill_write },
    { NULL, NULL },
};

const struct hooks environment_hooks = {
    .type = "environment",
    .before_create = environment_before_create,
    .before_delete = environment_before_delete,
    .after_create = environment_after_create,
    .after_replace = environment_after_replace,
    .after_delete = environment_after_delete,
    .actions = environment_actions,
};

static enum err license_name_read(struct action_call *call, struct http_response *rs)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct str members;

    json_add(&b, "name", json_get(call->document, "name"));
    TRY(buf_finish(&b, &members));
    return action_reply(call, rs, "/name", members);
}

static enum err license_name_write(struct action_call *call, struct http_response *rs)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct member_set set = { .name = STR("name") };
    struct object o;

    json_write(&b, json_get(call->body, "name"));
    TRY(buf_finish(&b, &set.text));
    TRY(action_amend(call, &set, 1, &o));
    TRY(json_parse_stored(call->rq->arena, o.document, &call->document));
    return license_name_read(call, rs);
}

static const struct action_entry license_actions[] = {
    { "license_name_read", license_name_read },
    { "license_name_write", license_name_write },
    { NULL, NULL },
};

const struct hooks license_hooks = {
    .type = "license",
    .actions = license_actions,
};
