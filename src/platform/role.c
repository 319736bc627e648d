/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in roles, served from memory, and who holds them. */
#include "platform/common.h"

#include "resource/reply.h"
#include "resource/target.h"

/* "permissions:read:userRoleAssignments" -> "Read user role assignments" */
static void write_permission(struct buf *b, struct str id)
{
    struct str rest = id, service, verb, classifier;
    struct buf text = buf_make(b->arena, BUF_NO_LIMIT);
    struct str description;

    if (!str_next(&rest, ':', &service) || !str_next(&rest, ':', &verb))
        return;
    classifier = rest;
    buf_printf(&text, "%.*s %.*s", STR_FMT(verb), STR_FMT(classifier));
    if (buf_finish(&text, &description) != OK)
        return;
    json_open(b, '{');
    json_add_str(b, "id", id);
    json_add_str(b, "classifier", classifier);
    json_add_str(b, "description", description);
    json_close(b, '}');
}

static void write_can_assign(struct buf *b, const struct roles *roles, const struct role *role)
{
    if (!json_count(role->can_assign))
        return;
    json_open_member(b, "canAssign", '[');
    json_each (m, role->can_assign) {
        const struct role *other = roles_named(roles, json_str(m.value));
        char id[UUID_TEXT_LENGTH + 1];

        if (!other || other == role)
            continue;
        uuid_format(other->id, id);
        json_open(b, '{');
        json_add_str(b, "id", str_from(id));
        json_close(b, '}');
    }
    json_close(b, ']');
}

static void write_role(struct buf *b, const struct http_request *rq, const struct roles *roles,
                       const struct role *role)
{
    char id[UUID_TEXT_LENGTH + 1];

    uuid_format(role->id, id);
    json_open(b, '{');
    json_open_member(b, "_links", '{');
    json_open_member(b, "self", '{');
    json_key(b, "href");
    buf_printf(b, "\"%.*s://%.*s/v1/roles/%s\"", STR_FMT(rq->scheme), STR_FMT(rq->authority), id);
    json_close(b, '}');
    json_close(b, '}');
    json_add_str(b, "id", str_from(id));
    json_add_str(b, "name", role->name);
    json_add_str(b, "description", role->description);
    json_open_member(b, "applicableTo", '[');
    for (enum role_scope s = 0; s < ROLE_SCOPES; s++)
        if (role->applicable_to & 1u << s)
            json_add_str(b, NULL, str_from(role_scope_name(s)));
    json_close(b, ']');
    write_can_assign(b, roles, role);
    json_open_member(b, "permissions", '[');
    json_each (m, role->permissions)
        write_permission(b, json_str(m.value));
    json_close(b, ']');
    json_close(b, '}');
}

static enum err role_list(struct http_request *rq, struct http_response *rs)
{
    const struct roles *roles = site_of(rq)->roles;
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct target t;
    struct str body;

    TRY(target_resolve(rq, rq->route->context, OPERATION_LIST, &t));
    buf_printf(&b, "{\"_links\":{\"self\":{\"href\":\"%.*s://%.*s/v1/roles\"}},\"_embedded\":{\"roles\":[",
               STR_FMT(rq->scheme), STR_FMT(rq->authority));
    for (size_t i = 0; i < roles->n; i++)
        write_role(&b, rq, roles, &roles->items[i]);
    buf_printf(&b, "]},\"count\":%zu,\"size\":%zu}\n", roles->n, roles->n);
    TRY(buf_finish(&b, &body));
    reply_body(rq, rs, 200, body);
    return OK;
}

static enum err role_read(struct http_request *rq, struct http_response *rs)
{
    const struct roles *roles = site_of(rq)->roles;
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    const struct role *role;
    struct target t;
    struct str body;

    TRY(target_resolve(rq, rq->route->context, OPERATION_READ, &t));
    role = roles_find(roles, t.id);
    if (!role)
        return problem_not_found(rq);
    write_role(&b, rq, roles, role);
    buf_add_char(&b, '\n');
    TRY(buf_finish(&b, &body));
    reply_body(rq, rs, 200, body);
    return OK;
}

const struct hooks role_hooks = {
    .type = "role",
    .list = role_list,
    .read = role_read,
};

static enum err read_given(struct change *c, struct assignment *ret)
{
    struct uuid role;

    if (uuid_parse(json_path_str(c->document, "role.id"), &role) != OK ||
        !(ret->role = roles_find(c->site->roles, role)))
        return change_refuse(c, INVALID_VALUE, "role.id", "There is no role with this id.");
    if (uuid_parse(json_path_str(c->document, "scope.id"), &ret->scope) != OK ||
        role_scope_parse(json_path_str(c->document, "scope.type"), &ret->scope_type) != OK)
        return change_refuse(c, INVALID_VALUE, "scope", "The scope is not valid.");
    if (!(ret->role->applicable_to & 1u << ret->scope_type))
        return change_refuse(c, INVALID_VALUE, "scope.type",
                             "The role cannot be assigned at a scope of this type.");
    return OK;
}

/* What the scope names must be there; a population or application lies in the environment of the assignment.
 */
static enum err check_scope(struct change *c, const struct assignment *given)
{
    static const char *const types[ROLE_SCOPES] = { "organization", "environment", "population",
                                                    "application" };
    bool inside = given->scope_type == SCOPE_POPULATION || given->scope_type == SCOPE_APPLICATION;
    struct object o;
    enum err e = tx_get(c->tx, tx_arena(c->tx), inside ? c->environment : (struct uuid){ { 0 } },
                        str_from(types[given->scope_type]), given->scope, &o);

    if (e == NOT_FOUND)
        return change_refuse(c, INVALID_VALUE, "scope.id", "The scope names nothing that exists.");
    return e;
}

/* One holder has a role at a scope once. */
static enum err check_duplicate(struct change *c, const struct assignment *given)
{
    struct object_range range = { .environment = c->environment,
                                  .type = c->type->name,
                                  .has_parent = true,
                                  .parent = c->parent,
                                  .limit = 1000 };
    struct object_list list;

    TRY(tx_list(c->tx, tx_arena(c->tx), &range, &list));
    for (size_t i = 0; i < list.n; i++) {
        const struct json *d;
        struct uuid role, scope;

        TRY(json_parse(tx_arena(c->tx), list.items[i].document, NULL, &d));
        if (uuid_parse(json_path_str(d, "role.id"), &role) == OK && uuid_eq(role, given->role->id) &&
            uuid_parse(json_path_str(d, "scope.id"), &scope) == OK && uuid_eq(scope, given->scope))
            return change_refuse(c, UNIQUENESS_VIOLATION, "role", "May not assign duplicate Role");
    }
    return OK;
}

static enum err assignment_before_create(struct change *c)
{
    struct assignment given;

    TRY(read_given(c, &given));
    if (c->seeding)
        return OK;
    if (c->parent_document && str_is(c->type->parent_name, "application") &&
        !str_is(json_path_str(c->parent_document, "type"), "WORKER"))
        return problem_not_found(c->rq);
    TRY(check_scope(c, &given));
    if (!actor_may_assign(c->actor, &given, c->environment))
        return problem_forbidden(c->rq);
    return check_duplicate(c, &given);
}

/* Taking a role away needs what giving it needs. */
static enum err assignment_before_delete(struct change *c)
{
    struct assignment held;
    const struct json *kept = c->document;
    enum err e;

    if (c->cascading)
        return OK;
    c->document = c->old;
    e = read_given(c, &held);
    c->document = kept;
    TRY(e);
    return actor_may_assign(c->actor, &held, c->environment) ? OK : problem_forbidden(c->rq);
}

const struct hooks application_role_hooks = {
    .type = "applicationRoleAssignment",
    .before_create = assignment_before_create,
    .before_delete = assignment_before_delete,
};

const struct hooks user_role_hooks = {
    .type = "userRoleAssignment",
    .before_create = assignment_before_create,
    .before_delete = assignment_before_delete,
};
