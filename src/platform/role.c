/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in roles, served from memory, and those that environments have of their own. */
#include "platform/common.h"

#include "resource/reply.h"
#include "resource/target.h"

/* "permissions:read:userRoleAssignments" -> "read userRoleAssignments" */
static void write_permission(struct buf *b, struct str id)
{
    struct str rest = id, service, verb;

    if (!str_next(&rest, ':', &service) || !str_next(&rest, ':', &verb))
        return;
    json_open(b, '{');
    json_add_str(b, "id", id);
    json_add_str(b, "classifier", rest);
    json_key(b, "description");
    buf_printf(b, "\"%.*s %.*s\"", STR_FMT(verb), STR_FMT(rest)); /* identifiers: nothing to escape */
    json_close(b, '}');
}

static void write_can_assign(struct buf *b, const struct roles *roles, const struct role *role)
{
    if (!json_count(role->can_assign))
        return;
    json_open_member(b, "canAssign", '[');
    json_each (m, role->can_assign) {
        const struct role *other = roles_named(roles, json_str(m.value));

        if (!other || other == role)
            continue;
        json_open(b, '{');
        json_add_id(b, "id", other->id);
        json_close(b, '}');
    }
    json_close(b, ']');
}

/* Among an environment's roles a built-in one has a type. */
static void write_role(struct buf *b, const struct http_request *rq, const struct roles *roles,
                       const struct role *role, bool with_type)
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
    if (with_type)
        json_add_str(b, "type", STR("PLATFORM"));
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
        write_role(&b, rq, roles, &roles->items[i], false);
    buf_printf(&b, "]},\"count\":%zu,\"size\":%zu}\n", roles->n, roles->n);
    TRY(buf_finish(&b, &body));
    reply_body(rq, rs, 200, body);
    return OK;
}

static enum err reply_role(struct http_request *rq, struct http_response *rs, const struct role *role,
                           bool with_type)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct str body;

    write_role(&b, rq, site_of(rq)->roles, role, with_type);
    buf_add_char(&b, '\n');
    TRY(buf_finish(&b, &body));
    reply_body(rq, rs, 200, body);
    return OK;
}

static enum err role_read(struct http_request *rq, struct http_response *rs)
{
    const struct role *role;
    struct target t;

    TRY(target_resolve(rq, rq->route->context, OPERATION_READ, &t));
    role = roles_find(site_of(rq)->roles, t.id);
    return role ? reply_role(rq, rs, role, false) : problem_not_found(rq);
}

const struct hooks role_hooks = {
    .type = "role",
    .list = role_list,
    .read = role_read,
};

/* From here on: custom roles. */

enum { ASSIGNMENTS_BATCH = 200 };

static enum err list_custom(struct tx *tx, struct uuid environment, struct object_list *ret)
{
    struct object_range range = { .environment = environment, .type = STR("customRole"), .limit = 1000 };

    return tx_list(tx, tx_arena(tx), &range, ret);
}

static bool names_role(const struct json *list, struct uuid id)
{
    struct uuid one;

    json_each (m, list)
        if (uuid_parse(json_path_str(m.value, "id"), &one) == OK && uuid_eq(one, id))
            return true;
    return false;
}

/* The roles that say that holders of this one may give them. */
static enum err custom_role_show(struct http_request *rq UNUSED, struct tx *tx, const struct object *o,
                                 struct buf *b)
{
    struct object_list list;
    bool any = false;

    TRY(list_custom(tx, o->environment, &list));
    for (size_t i = 0; i < list.n; i++) {
        const struct json *d;

        TRY(json_parse_stored(tx_arena(tx), list.items[i].document, &d));
        if (!names_role(json_get(d, "canBeAssignedBy"), o->id))
            continue;
        if (!any)
            json_open_member(b, "canAssign", '[');
        any = true;
        json_open(b, '{');
        json_add(b, "id", json_get(d, "id"));
        json_close(b, '}');
    }
    if (any)
        json_close(b, ']');
    return OK;
}

/* The body's permissions, each once and whole, and their bits. */
static enum err read_permissions(struct change *c, uint64_t bits[ROLE_WORDS], struct str *ret)
{
    struct buf b = buf_make(tx_arena(c->tx), BUF_NO_LIMIT);
    size_t i = 0;

    json_open(&b, '[');
    json_each (m, json_get(c->body, "permissions")) {
        struct str id = json_path_str(m.value, "id"), target;
        int number = roles_permission(c->site->roles, id);
        uint64_t bit = number < 0 ? 0 : UINT64_C(1) << number % 64;

        TRY(str_printf(c->rq->arena, &target, "permissions[%zu].id", i++));
        if (number < 0)
            return problem_detail(c->rq, INVALID_VALUE, target, STR("There is no permission with this id."));
        if (!(bits[number / 64] & bit))
            write_permission(&b, id);
        bits[number / 64] |= bit;
    }
    json_close(&b, ']');
    return buf_finish(&b, ret);
}

static enum err check_assigners(struct change *c)
{
    size_t i = 0;

    json_each (m, json_get(c->document, "canBeAssignedBy")) {
        const struct role *role;
        struct str target;
        struct uuid id;
        enum err e = uuid_parse(json_path_str(m.value, "id"), &id);

        if (e == OK && !uuid_eq(id, c->id))
            e = role_get(c->site, c->tx, tx_arena(c->tx), c->environment, id, &role);
        TRY(str_printf(c->rq->arena, &target, "canBeAssignedBy[%zu].id", i++));
        if (e == NOT_FOUND || e == INVALID)
            return problem_detail(c->rq, INVALID_VALUE, target, STR("There is no role with this id."));
        TRY(e);
    }
    return OK;
}

/* Who makes a role holds all that it permits, over the whole environment. */
static enum err check_held(struct change *c, const uint64_t bits[ROLE_WORDS])
{
    const struct assignment here = { .scope_type = SCOPE_ENVIRONMENT, .scope = c->environment };

    return actor_holds(c->actor, bits, &here, c->environment) ? OK : problem_forbidden(c->rq);
}

static enum err custom_role_check(struct change *c, uint64_t bits[ROLE_WORDS])
{
    struct str permissions;

    TRY(read_permissions(c, bits, &permissions));
    TRY(check_assigners(c));
    return change_set(c, "permissions", permissions);
}

static enum err custom_role_before_create(struct change *c)
{
    uint64_t bits[ROLE_WORDS] = { 0 };

    TRY(custom_role_check(c, bits));
    return check_held(c, bits);
}

/* Something to do with each assignment of a role. */
typedef enum err visit(struct change *c, const struct type *type, const struct object *o, void *arg);

static enum err visit_batch(struct change *c, const struct object_list *list, const struct type *type,
                            visit *fn, void *arg)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct json *d;
        struct uuid role;

        TRY(json_parse_stored(tx_arena(c->tx), list->items[i].document, &d));
        if (uuid_parse(json_path_str(d, "role.id"), &role) == OK && uuid_eq(role, c->id))
            TRY(fn(c, type, &list->items[i], arg));
    }
    return OK;
}

/* A custom role is held in its environment alone. */
static enum err visit_assignments(struct change *c, visit *fn, void *arg)
{
    static const char *const types[] = { "userRoleAssignment", "applicationRoleAssignment" };

    for (size_t i = 0; i < LENGTH(types); i++) {
        const struct type *type = registry_find(c->registry, str_from(types[i]));
        struct object_range range = { .environment = c->environment,
                                      .type = type->name,
                                      .limit = ASSIGNMENTS_BATCH };
        struct object_list list;

        do {
            TRY(tx_list(c->tx, tx_arena(c->tx), &range, &list));
            TRY(visit_batch(c, &list, type, fn, arg));
            if (list.n)
                range.after = list.items[list.n - 1].id;
        } while (list.n == ASSIGNMENTS_BATCH);
    }
    return OK;
}

/* Nobody gives by a role's holders what they do not hold there themselves. */
static enum err check_assignment(struct change *c, const struct type *type UNUSED, const struct object *o,
                                 void *arg)
{
    struct assignment at = { 0 };
    const struct json *d;

    TRY(json_parse_stored(tx_arena(c->tx), o->document, &d));
    if (uuid_parse(json_path_str(d, "scope.id"), &at.scope) != OK ||
        role_scope_parse(json_path_str(d, "scope.type"), &at.scope_type) != OK)
        return CORRUPT;
    return actor_holds(c->actor, arg, &at, c->environment) ? OK : problem_forbidden(c->rq);
}

static enum err custom_role_before_replace(struct change *c)
{
    uint64_t bits[ROLE_WORDS] = { 0 };
    const struct role *old;

    TRY(custom_role_check(c, bits));
    TRY(role_read_custom(c->site->roles, tx_arena(c->tx), c->id, c->old, &old));
    for (size_t w = 0; w < ROLE_WORDS; w++)
        bits[w] &= ~old->bits[w];
    TRY(check_held(c, bits));
    return visit_assignments(c, check_assignment, bits);
}

static enum err delete_assignment(struct change *c, const struct type *type, const struct object *o,
                                  void *arg UNUSED)
{
    return operation_delete_within(c, type, o->id);
}

/* Another role without this one among those whose holders may give it. */
static enum err forget_assigner(struct change *c, struct object *o, const struct json *document)
{
    struct buf b = buf_make(tx_arena(c->tx), BUF_NO_LIMIT);
    struct change other = change_other(c, o->id);
    struct str text;

    json_open(&b, '[');
    json_each (m, json_get(document, "canBeAssignedBy")) {
        struct uuid id;

        if (uuid_parse(json_path_str(m.value, "id"), &id) != OK || !uuid_eq(id, c->id))
            json_add(&b, NULL, m.value);
    }
    json_close(&b, ']');
    TRY(buf_finish(&b, &text));
    TRY(change_set(&other, "canBeAssignedBy", text));
    return object_amend(&other, o);
}

static enum err custom_role_before_delete(struct change *c)
{
    struct object_list list;

    TRY(visit_assignments(c, delete_assignment, NULL));
    TRY(list_custom(c->tx, c->environment, &list));
    for (size_t i = 0; i < list.n; i++) {
        const struct json *d;

        TRY(json_parse_stored(tx_arena(c->tx), list.items[i].document, &d));
        if (!uuid_eq(list.items[i].id, c->id) && names_role(json_get(d, "canBeAssignedBy"), c->id))
            TRY(forget_assigner(c, &list.items[i], d));
    }
    return OK;
}

/* Whether a filter takes a built-in role: of its type alone can be asked. */
static enum err takes_platform(struct arena *a, const struct filter *filter, bool *ret)
{
    const struct json *document;

    TRY(json_parse(a, STR("{\"type\":\"PLATFORM\"}"), NULL, &document));
    *ret = filter_matches(filter, document);
    return OK;
}

static enum err write_custom(struct buf *b, const struct target *t, struct http_request *rq,
                             const struct filter *filter, size_t *n)
{
    struct object_list list;
    struct tx *tx;

    TRY(store_read_begin(t->site->store, rq->arena, &tx));
    TRY(target_environment(t, rq, tx));
    TRY(list_custom(tx, t->environment, &list));
    for (size_t i = 0; i < list.n; i++) {
        const struct json *d;

        TRY(json_parse_stored(rq->arena, list.items[i].document, &d));
        if (!filter_matches(filter, d))
            continue;
        TRY(reply_object(b, t, rq, tx, &list.items[i]));
        (*n)++;
    }
    tx_end(tx);
    return OK;
}

/* Those built in, then the environment's own; all in one page. */
static enum err custom_role_list(struct http_request *rq, struct http_response *rs)
{
    const struct roles *roles = site_of(rq)->roles;
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    const struct filter *filter;
    struct str text, body;
    struct target t;
    bool platform;
    size_t n = 0;

    TRY(target_resolve(rq, rq->route->context, OPERATION_LIST, &t));
    TRY(target_asked(&t, rq, &text, &filter));
    TRY(takes_platform(rq->arena, filter, &platform));
    buf_add_z(&b, "{\"_links\":{\"self\":{\"href\":\"");
    TRY(reply_collection_url(&b, &t, rq));
    buf_add_z(&b, "\"}},\"_embedded\":{\"roles\":[");
    for (; platform && n < roles->n; n++)
        write_role(&b, rq, roles, &roles->items[n], true);
    TRY(write_custom(&b, &t, rq, filter, &n));
    buf_printf(&b, "]},\"count\":%zu,\"size\":%zu}\n", n, n);
    TRY(buf_finish(&b, &body));
    reply_body(rq, rs, 200, body);
    return OK;
}

static enum err custom_role_read(struct http_request *rq, struct http_response *rs)
{
    const struct role *role;
    struct target t;
    struct tx *tx;

    TRY(target_resolve(rq, rq->route->context, OPERATION_READ, &t));
    role = roles_find(site_of(rq)->roles, t.id);
    if (!role)
        return operation_read_stored(rq, rs);
    TRY(store_read_begin(t.site->store, rq->arena, &tx));
    TRY(target_environment(&t, rq, tx));
    tx_end(tx);
    return reply_role(rq, rs, role, true);
}

const struct hooks custom_role_hooks = {
    .type = "customRole",
    .before_create = custom_role_before_create,
    .before_replace = custom_role_before_replace,
    .before_delete = custom_role_before_delete,
    .show = custom_role_show,
    .list = custom_role_list,
    .read = custom_role_read,
};
