/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what to which object. */
#include "resource/target.h"

/* 404 in the type's own words: "Unable to find Application with ID: '{id}' in Environment '{environment}'".
 * Another organization is refused as one without access: clients look for that. */
static enum err refuse_missing(const struct target *t, struct http_request *rq)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct str rest = t->type->not_found, message;
    char id[UUID_TEXT_LENGTH + 1], environment[UUID_TEXT_LENGTH + 1];

    if (str_is(t->type->name, "organization"))
        return problem_forbidden(rq);
    if (!rest.len)
        return problem_not_found(rq);
    uuid_format(t->id, id);
    uuid_format(t->environment, environment);
    while (rest.len) {
        size_t at = str_index(rest, '{'), end = str_index(rest, '}');

        buf_add(&b, str_slice(rest, 0, at));
        if (at < rest.len)
            buf_add_z(&b, str_is(str_slice(rest, at + 1, end - at - 1), "id") ? id : environment);
        rest = at < rest.len ? str_slice(rest, end + 1, rest.len) : STR_NONE;
    }
    TRY(buf_finish(&b, &message));
    return problem_set(rq, 404, PROBLEM_NOT_FOUND, message);
}

/* The path's variables in order: environment, parent, id. One that is no UUID names nothing. */
static enum err read_ids(struct http_request *rq, const struct type *type, struct target *t,
                         bool *ret_well_formed)
{
    struct uuid *const places[] = { type->in_environment ? &t->environment : NULL,
                                    type->parent ? &t->parent : NULL, &t->id };
    size_t at = 0;

    *ret_well_formed = true;
    for (size_t i = 0; i < LENGTH(places); i++) {
        if (!places[i] || at == HTTP_PARAMS_MAX || str_is_none(rq->params[at]))
            continue;
        if (uuid_parse(rq->params[at++], places[i]) != OK)
            *ret_well_formed = false;
    }
    return OK;
}

/* An environment is its own tenant: rights over it are those held in it. */
static bool is_tenant(const struct type *t)
{
    return str_is(t->name, "environment");
}

static struct uuid tenant(const struct target *t)
{
    return is_tenant(t->type) ? t->id : t->environment;
}

/* What users may do to themselves by a scope: nothing; to the attributes that it opens; or only where it
 * opens all. */
enum self_service { SELF_NEVER, SELF_IN_PART, SELF_WHOLE };

/* A user's own object: what the token's scopes permit there, beside any role. */
static enum err add_self(struct http_request *rq, struct target *t, enum self_service self)
{
    const struct actor *a = t->actor;
    struct self_rights rights = { 0 };

    if (self == SELF_NEVER || uuid_is_nil(a->user) || !uuid_eq(a->user, t->id) ||
        !uuid_eq(a->environment, t->environment))
        return OK;
    TRY(self_rights_add(rq, a, t->permission, &rights));
    if (rights.scopes_n == 0 || (self == SELF_WHOLE && !rights.all))
        return OK;
    t->self = t->shown = rights;
    return self_rights_add(rq, a, t->type->permissions[OPERATION_READ], &t->shown);
}

static enum err resolve(struct http_request *rq, const struct type *type, struct str permission,
                        enum self_service self, struct target *t)
{
    bool well_formed;
    enum err e;

    *t = (struct target){ .site = site_of(rq), .type = type, .permission = permission };
    t->registry = t->site->registry;
    TRY(read_ids(rq, type, t, &well_formed));
    TRY(actor_authenticate(rq, &t->actor));
    TRY(add_self(rq, t, self));
    e = actor_require(rq, t->actor, permission, tenant(t), &t->access);
    if (e == FAILED && t->self.scopes_n)
        rq->problem = (struct problem){ 0 };
    else
        TRY(e);
    return well_formed ? OK : refuse_missing(t, rq);
}

enum err target_resolve(struct http_request *rq, const struct type *type, enum operation operation,
                        struct target *ret)
{
    return resolve(rq, type, type->permissions[operation], type->self[operation] ? SELF_IN_PART : SELF_NEVER,
                   ret);
}

enum err target_resolve_action(struct http_request *rq, const struct action *action, struct target *ret)
{
    return resolve(rq, action->type, action->permission, action->self ? SELF_WHOLE : SELF_NEVER, ret);
}

enum err target_environment(const struct target *t, struct http_request *rq, struct tx *tx)
{
    struct object o;
    enum err e;

    if (!t->type->in_environment)
        return OK;
    e = tx_get(tx, rq->arena, (struct uuid){ { 0 } }, STR("environment"), t->environment, &o);
    if (e == NOT_FOUND) {
        struct target environment = { .type = registry_find(t->registry, STR("environment")),
                                      .id = t->environment };

        return refuse_missing(&environment, rq);
    }
    return e;
}

static bool holds(const struct uuid *ids, size_t n, struct uuid id)
{
    for (size_t i = 0; i < n; i++)
        if (uuid_eq(ids[i], id))
            return true;
    return false;
}

/* The id that a narrower role must name for this object; nil: none would do. */
static enum err scope_id(const struct type *type, const struct object *o, struct arena *a, struct uuid *ret)
{
    const struct json *document;

    *ret = (struct uuid){ { 0 } };
    if (str_is(type->scope_at, "id")) {
        *ret = o->id;
        return OK;
    }
    TRY(json_parse_stored(a, o->document, &document));
    if (uuid_parse(json_str(document_get(document, type->scope_at)), ret) != OK)
        *ret = (struct uuid){ { 0 } };
    return OK;
}

static enum err reached_by_role(const struct target *t, struct http_request *rq, const struct type *type,
                                const struct object *o, bool *ret)
{
    const struct access *access = &t->access;
    struct uuid id;

    *ret = access->all;
    if (access->all || !type->scope_type.len)
        return OK;
    TRY(scope_id(type, o, rq->arena, &id));
    if (str_is(type->scope_type, "POPULATION"))
        *ret = holds(access->populations, access->populations_n, id);
    else if (str_is(type->scope_type, "APPLICATION"))
        *ret = holds(access->applications, access->applications_n, id);
    return OK;
}

enum err target_is_restricted(const struct target *t, struct http_request *rq, const struct object *o,
                              bool *ret)
{
    bool by_role = true;

    if (t->self.scopes_n)
        TRY(reached_by_role(t, rq, t->type, o, &by_role));
    *ret = !by_role;
    return OK;
}

static enum err admits(const struct target *t, struct http_request *rq, const struct type *type,
                       const struct object *o)
{
    bool by_role;

    TRY(reached_by_role(t, rq, type, o, &by_role));
    return by_role || t->self.scopes_n ? OK : problem_forbidden(rq);
}

enum err target_parent(const struct target *t, struct http_request *rq, struct tx *tx, struct arena *a,
                       struct object *ret)
{
    const struct type *parent = t->type->parent;
    struct uuid environment = parent->in_environment ? t->environment : (struct uuid){ { 0 } };
    struct target at = *t;
    enum err e = tx_get(tx, a, environment, parent->name, t->parent, ret);

    at.type = parent;
    at.id = t->parent;
    if (e == NOT_FOUND)
        return t->access.all ? refuse_missing(&at, rq) : problem_forbidden(rq);
    TRY(e);
    return t->type->scope_type.len ? OK : admits(t, rq, parent, ret);
}

enum err target_admits(const struct target *t, struct http_request *rq, struct tx *tx, const struct object *o)
{
    struct object parent;

    if (t->access.all)
        return OK;
    if (t->type->scope_type.len || !t->type->parent)
        return admits(t, rq, t->type, o);
    return target_parent(t, rq, tx, rq->arena, &parent);
}

enum err target_read(const struct target *t, struct http_request *rq, struct tx *tx, struct arena *a,
                     struct object *ret)
{
    struct uuid environment = t->type->in_environment ? t->environment : (struct uuid){ { 0 } };
    struct object parent;
    enum err e;

    TRY(target_environment(t, rq, tx));
    if (t->type->parent)
        TRY(target_parent(t, rq, tx, a, &parent));
    e = tx_get(tx, a, environment, t->type->name, t->id, ret);
    if (e == OK && t->type->parent && !uuid_eq(ret->parent, t->parent))
        e = NOT_FOUND;
    if (e == NOT_FOUND)
        return t->access.all ? refuse_missing(t, rq) : problem_forbidden(rq);
    TRY(e);
    return target_admits(t, rq, tx, ret);
}

/* Of the environments an actor sees those in which it may read. */
static enum err environments_filter(const struct target *t, struct http_request *rq,
                                    const struct filter **ret)
{
    struct uuid *ids;
    size_t n;
    bool all;

    *ret = NULL;
    TRY(actor_environments(rq, t->actor, t->permission, &all, &ids, &n));
    return all ? OK : filter_ids(rq->arena, t->type, STR("id"), ids, n, ret);
}

enum err target_filter(const struct target *t, struct http_request *rq, const struct filter **ret)
{
    const struct access *access = &t->access;
    struct arena *a = rq->arena;

    if (is_tenant(t->type))
        return environments_filter(t, rq, ret);
    *ret = NULL;
    if (access->all || !t->type->scope_type.len)
        return OK;
    if (str_is(t->type->scope_type, "POPULATION"))
        return filter_ids(a, t->type, t->type->scope_at, access->populations, access->populations_n, ret);
    return filter_ids(a, t->type, t->type->scope_at, access->applications, access->applications_n, ret);
}

enum err target_asked(const struct target *t, struct http_request *rq, struct str *text,
                      const struct filter **ret)
{
    struct filter_fault fault;
    enum err e = OK;

    *ret = NULL;
    TRY(http_query(rq, "filter", text));
    if (text->len)
        e = filter_parse(rq->arena, t->type, *text, &fault, ret);
    if (e != INVALID)
        return e;
    (void)problem_set(rq, 400, INVALID_REQUEST, STR_NONE);
    return problem_detail_inner(rq, INVALID_FILTER, STR("filter"), fault.message, fault.inner);
}
