/* SPDX-License-Identifier: Apache-2.0 */
/* Actors and their role assignments, read from memory and checked at each use. */
#include "model/actor.h"

#include "model/access_token.h"
#include "model/cache.h"

enum { ASSIGNMENTS_MAX = 1000 };

enum err role_get(const struct site *site, struct tx *tx, struct arena *a, struct uuid environment,
                  struct uuid id, const struct role **ret)
{
    const struct role *known = roles_find(site->roles, id);
    const struct json *document;
    struct object o;

    if (known) {
        *ret = known;
        return OK;
    }
    TRY(tx_get(tx, tx_arena(tx), environment, STR("customRole"), id, &o));
    TRY(json_parse_stored(tx_arena(tx), o.document, &document));
    return role_read_custom(site->roles, a, id, document, ret);
}

/* A custom role is one of the actor's own environment. */
static enum err read_assignment(struct site *site, struct tx *tx, struct arena *a, const struct object *o,
                                struct assignment *ret, bool *ret_known)
{
    const struct json *document;
    struct uuid role;
    enum err e;

    *ret_known = false;
    TRY(json_parse_stored(tx_arena(tx), o->document, &document));
    if (uuid_parse(json_path_str(document, "role.id"), &role) != OK ||
        uuid_parse(json_path_str(document, "scope.id"), &ret->scope) != OK ||
        role_scope_parse(json_path_str(document, "scope.type"), &ret->scope_type) != OK)
        return OK;
    e = role_get(site, tx, a, o->environment, role, &ret->role);
    *ret_known = e == OK;
    return e == NOT_FOUND ? OK : e;
}

/* key: the actor's environment and id; extra: the type of its assignments */
static enum err load(struct site *site, struct tx *tx, struct arena *a, const struct view_key *key,
                     void **ret)
{
    struct object_range range = { .environment = key->environment,
                                  .type = str_from(key->extra),
                                  .has_parent = true,
                                  .parent = key->id,
                                  .limit = ASSIGNMENTS_MAX };
    struct actor *actor = ARENA_NEW(a, struct actor);
    struct object_list list;
    struct assignment *items;

    if (!actor)
        return NO_MEMORY;
    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    items = ARENA_ARRAY(a, struct assignment, list.n + 1);
    if (!items)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        bool known;

        TRY(read_assignment(site, tx, a, &list.items[i], &items[actor->assignments_n], &known));
        actor->assignments_n += known;
    }
    actor->assignments = items;
    *ret = actor;
    return OK;
}

static const struct view_kind client_kind = { "actor.client", load };
static const struct view_kind user_kind = { "actor.user", load };

static enum err load_own(struct site *site, struct arena *holder, struct uuid environment, struct uuid client,
                         struct uuid user, struct actor **ret)
{
    bool is_user = !uuid_is_nil(user);
    struct view_key key = { environment, is_user ? user : client,
                            is_user ? "userRoleAssignment" : "applicationRoleAssignment" };
    struct actor *a = ARENA_NEW(holder, struct actor);
    const void *view;

    if (!a)
        return NO_MEMORY;
    TRY(cache_get(site, holder, is_user ? &user_kind : &client_kind, &key, &view));
    *a = *(const struct actor *)view;
    a->environment = environment;
    a->client = client;
    a->user = user;
    *ret = a;
    return OK;
}

enum err actor_load(struct site *site, struct arena *holder, struct uuid environment, struct uuid client,
                    struct uuid user, const struct actor **ret)
{
    struct actor *a;

    TRY(load_own(site, holder, environment, client, user, &a));
    *ret = a;
    return OK;
}

static enum err refuse_token(struct http_request *rq)
{
    (void)problem_set(rq, 401, ACCESS_FAILED, STR_NONE);
    return problem_detail(rq, INVALID_TOKEN, STR_NONE,
                          STR("The access token is missing, expired or not valid."));
}

enum err actor_authenticate(struct http_request *rq, const struct actor **ret)
{
    struct access_token token;
    struct actor *actor;
    struct str text;
    enum err e;

    if (http_bearer(rq, &text) != OK)
        return refuse_token(rq);
    e = access_token_verify(site_of(rq), rq->arena, text, &token);
    if (e == INVALID || e == DENIED)
        return refuse_token(rq);
    TRY(e);
    if (!token.for_api)
        return problem_forbidden(rq);
    TRY(load_own(site_of(rq), rq->arena, token.environment, token.client, token.user, &actor));
    actor->scope = token.scope;
    *ret = actor;
    return OK;
}

static bool permits(const struct roles *roles, const struct role *role, struct str permission)
{
    return str_is(permission, "*") || role_permits(role, roles_permission(roles, permission));
}

static enum err access_add(struct arena *a, struct uuid **list, size_t *n, size_t max, struct uuid id)
{
    if (!*list)
        *list = ARENA_ARRAY(a, struct uuid, max);
    if (!*list)
        return NO_MEMORY;
    (*list)[(*n)++] = id;
    return OK;
}

/* The nil environment is the organization: what is held anywhere counts for reading its objects. */
static enum err access_widen(struct arena *a, const struct assignment *x, size_t max, struct uuid environment,
                             struct access *access)
{
    switch (x->scope_type) {
    case SCOPE_ORGANIZATION:
        access->all = true;
        return OK;
    case SCOPE_ENVIRONMENT:
        access->all = access->all || uuid_eq(x->scope, environment) || uuid_is_nil(environment);
        return OK;
    case SCOPE_POPULATION:
        return access_add(a, &access->populations, &access->populations_n, max, x->scope);
    default:
        return access_add(a, &access->applications, &access->applications_n, max, x->scope);
    }
}

/* What every usable role permits: to see the organization, its licences and the environment that it is held
 * in (reference: roles). A role that can only be held at an application permits it, so it counts there too.
 */
static bool is_essential(struct str permission)
{
    static const char *const all[] = { "licensing:read:license", "orgmgt:read:deployment",
                                       "orgmgt:read:environment", "orgmgt:read:organization" };

    for (size_t i = 0; i < LENGTH(all); i++)
        if (str_is(permission, all[i]))
            return true;
    return false;
}

static bool is_narrow(const struct assignment *x)
{
    return x->scope_type == SCOPE_POPULATION || x->scope_type == SCOPE_APPLICATION;
}

/* A population or application that a role names lies in its holder's environment: elsewhere it says nothing.
 */
static bool reaches(const struct actor *a, const struct assignment *x, struct uuid environment)
{
    return !is_narrow(x) || uuid_is_nil(environment) || uuid_eq(a->environment, environment);
}

enum err actor_require(struct http_request *rq, const struct actor *a, struct str permission,
                       struct uuid environment, struct access *ret)
{
    const struct roles *roles = site_of(rq)->roles;
    struct access access = { 0 };

    for (size_t i = 0; i < a->assignments_n; i++) {
        const struct assignment *x = &a->assignments[i];

        if (!permits(roles, x->role, permission) || !reaches(a, x, environment))
            continue;
        access.all = access.all || (is_narrow(x) && is_essential(permission));
        TRY(access_widen(rq->arena, x, a->assignments_n, environment, &access));
    }
    if (!access.all && !access.populations_n && !access.applications_n)
        return problem_forbidden(rq);
    *ret = access;
    return OK;
}

enum err actor_environments(struct http_request *rq, const struct actor *a, struct str permission,
                            bool *ret_all, struct uuid **ret, size_t *ret_n)
{
    const struct roles *roles = site_of(rq)->roles;
    struct uuid *list = ARENA_ARRAY(rq->arena, struct uuid, a->assignments_n + 1);
    size_t n = 0;

    if (!list)
        return NO_MEMORY;
    *ret_all = false;
    for (size_t i = 0; i < a->assignments_n; i++) {
        if (!permits(roles, a->assignments[i].role, permission))
            continue;
        if (a->assignments[i].scope_type == SCOPE_ORGANIZATION)
            *ret_all = true;
        else if (a->assignments[i].scope_type == SCOPE_ENVIRONMENT)
            list[n++] = a->assignments[i].scope;
        else if (is_essential(permission))
            list[n++] = a->environment;
    }
    *ret = list;
    *ret_n = n;
    return OK;
}

/* Whether a scope holds another: itself, the organization everything, an environment what lies in it. */
static bool covers(const struct assignment *held, const struct assignment *given, struct uuid environment)
{
    if (held->scope_type == SCOPE_ORGANIZATION)
        return true;
    if (held->scope_type == given->scope_type)
        return uuid_eq(held->scope, given->scope);
    return held->scope_type == SCOPE_ENVIRONMENT && given->scope_type != SCOPE_ORGANIZATION &&
           uuid_eq(held->scope, environment);
}

static bool gives(const struct role *held, const struct role *given)
{
    if (uuid_eq(held->id, given->id))
        return true;
    for (size_t i = 0; i < given->assigned_by_n; i++)
        if (uuid_eq(given->assigned_by[i], held->id))
            return true;
    json_each (m, held->can_assign)
        if (str_eq(json_str(m.value), given->name)) /* a custom role has none, whatever it is called */
            return true;
    return false;
}

bool actor_holds(const struct actor *a, const uint64_t bits[ROLE_WORDS], const struct assignment *at,
                 struct uuid environment)
{
    uint64_t held[ROLE_WORDS] = { 0 };

    for (size_t i = 0; i < a->assignments_n; i++) {
        bool counts = covers(&a->assignments[i], at, environment);

        for (size_t w = 0; counts && w < ROLE_WORDS; w++)
            held[w] |= a->assignments[i].role->bits[w];
    }
    for (size_t w = 0; w < ROLE_WORDS; w++)
        if (bits[w] & ~held[w])
            return false;
    return true;
}

bool actor_may_assign(const struct actor *a, const struct assignment *given, struct uuid environment)
{
    bool may = false;

    for (size_t i = 0; i < a->assignments_n && !may; i++)
        may = gives(a->assignments[i].role, given->role) && covers(&a->assignments[i], given, environment);
    return may && (!given->role->custom || actor_holds(a, given->role->bits, given, environment));
}
