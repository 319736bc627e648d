/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds roles, built in or of an environment's own. */
#include "platform/common.h"

#include "resource/operation.h"

static enum err read_given(struct change *c, struct assignment *ret)
{
    struct uuid role;
    enum err e = uuid_parse(json_path_str(c->document, "role.id"), &role);

    if (e == OK)
        e = role_get(c->site, c->tx, tx_arena(c->tx), c->environment, role, &ret->role);
    if (e == INVALID || e == NOT_FOUND)
        return change_refuse(c, INVALID_VALUE, "role.id", "There is no role with this id.");
    TRY(e);
    if (uuid_parse(json_path_str(c->document, "scope.id"), &ret->scope) != OK ||
        role_scope_parse(json_path_str(c->document, "scope.type"), &ret->scope_type) != OK)
        return change_refuse(c, INVALID_VALUE, "scope", "The scope is not valid.");
    if (!(ret->role->applicable_to & 1u << ret->scope_type))
        return change_refuse(c, INVALID_VALUE, "scope.type",
                             "The role cannot be assigned at a scope of this type.");
    if (ret->role->custom && ret->scope_type == SCOPE_ORGANIZATION &&
        !uuid_eq(c->environment, c->site->administrators)) /* reference: roles */
        return change_refuse(
            c, INVALID_VALUE, "scope.type",
            "Only a custom role of the Administrators environment reaches the organization.");
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

        TRY(json_parse_stored(tx_arena(c->tx), list.items[i].document, &d));
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

/* A custom role is one of the environment's own. */
static struct str assignment_link(const struct http_request *rq, const struct json *document, struct str href)
{
    struct uuid role;

    if (!str_is(href, "/roles/{role.id}") || uuid_parse(json_path_str(document, "role.id"), &role) != OK ||
        roles_find(site_of(rq)->roles, role))
        return href;
    return STR("/environments/{environment}/roles/{role.id}");
}

const struct hooks application_role_hooks = {
    .type = "applicationRoleAssignment",
    .before_create = assignment_before_create,
    .before_delete = assignment_before_delete,
    .link = assignment_link,
};

const struct hooks user_role_hooks = {
    .type = "userRoleAssignment",
    .before_create = assignment_before_create,
    .before_delete = assignment_before_delete,
    .link = assignment_link,
};
