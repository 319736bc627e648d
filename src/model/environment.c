/* SPDX-License-Identifier: Apache-2.0 */
/* Views of environments: one a tenant, loaded whole, since every token request needs most of it. */
#include "model/environment.h"

#include "model/cache.h"

#include <stdlib.h>

enum { RESOURCES_MAX = 10000 };

static enum resource_type type_named(struct str name)
{
    if (str_is(name, "OPENID_CONNECT"))
        return RESOURCE_OPENID_CONNECT;
    return str_is(name, "PINGONE_API") ? RESOURCE_PINGONE_API : RESOURCE_CUSTOM;
}

static enum client_authentication introspection_named(struct str name)
{
    if (str_is(name, "CLIENT_SECRET_BASIC"))
        return AUTH_CLIENT_SECRET_BASIC;
    return str_is(name, "CLIENT_SECRET_POST") ? AUTH_CLIENT_SECRET_POST : AUTH_NONE;
}

static enum err read_secrets(struct site *site, struct arena *reading, const struct object *o,
                             struct resource *r)
{
    struct client_secret s;
    enum err e = client_secret_open(site, reading, o, &s);

    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    r->secret = secret_hash_of(site, s.value);
    if (!str_is_none(s.previous)) {
        r->previous_secret = secret_hash_of(site, s.previous);
        r->previous_secret.expires_at_ms = s.previous_expires_at_ms;
    }
    return OK;
}

static enum err read_scope(struct arena *a, const struct object *o, const struct json *d, struct scope *ret)
{
    const struct json *list = json_get(d, "schemaAttributes");

    ret->id = o->id;
    ret->restricts = json_kind(list) == JSON_ARRAY;
    TRY(view_text(a, json_path_str(d, "name"), &ret->name));
    ret->attributes = ARENA_ARRAY(a, struct str, json_count(list) + 1);
    if (!ret->attributes)
        return NO_MEMORY;
    json_each (m, list)
        TRY(view_text(a, json_str(m.value), &ret->attributes[ret->attributes_n++]));
    return OK;
}

static enum err read_scopes(struct tx *tx, struct arena *a, struct resource *r)
{
    struct object_list list;

    TRY(children_list(tx, tx_arena(tx), r->environment, "scope", r->id, &list));
    r->scopes = ARENA_ARRAY(a, struct scope, list.n + 1);
    if (!r->scopes)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        const struct json *d;

        TRY(json_parse_stored(tx_arena(tx), list.items[i].document, &d));
        TRY(read_scope(a, &list.items[i], d, &r->scopes[r->scopes_n++]));
    }
    return OK;
}

static enum err read_attributes(struct tx *tx, struct arena *a, struct resource *r)
{
    struct object_list list;

    TRY(children_list(tx, tx_arena(tx), r->environment, "resourceAttribute", r->id, &list));
    r->attributes = ARENA_ARRAY(a, struct attribute_mapping, list.n + 1);
    if (!r->attributes)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        struct attribute_mapping *m = &r->attributes[r->attributes_n++];
        const struct json *d;

        TRY(json_parse_stored(tx_arena(tx), list.items[i].document, &d));
        TRY(view_text(a, json_path_str(d, "name"), &m->name));
        TRY(view_text(a, json_path_str(d, "value"), &m->value));
        m->id_token = json_is_true(json_get(d, "idToken"));
        m->user_info = json_is_true(json_get(d, "userInfo"));
    }
    return OK;
}

static enum err read_resource(struct site *site, struct tx *tx, struct arena *a, const struct object *o,
                              struct resource *r)
{
    const struct json *d;

    TRY(json_parse_stored(tx_arena(tx), o->document, &d));
    *r = (struct resource){
        .environment = o->environment,
        .id = o->id,
        .type = type_named(json_path_str(d, "type")),
        .token_validity_s = json_int(json_get(d, "accessTokenValiditySeconds"), 3600),
        .introspection = introspection_named(json_path_str(d, "introspectEndpointAuthMethod")),
    };
    TRY(view_text(a, json_path_str(d, "name"), &r->name));
    TRY(view_text(a, json_path_str(d, "audience"), &r->audience));
    TRY(read_secrets(site, tx_arena(tx), o, r));
    TRY(read_scopes(tx, a, r));
    return read_attributes(tx, a, r);
}

static enum err read_resources(struct site *site, struct tx *tx, struct arena *a, struct environment *e)
{
    struct object_range range = { .environment = e->id, .type = STR("resource"), .limit = RESOURCES_MAX };
    struct object_list list;

    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    e->resources = ARENA_ARRAY(a, struct resource, list.n + 1);
    if (!e->resources)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        struct resource *r = &e->resources[e->resources_n++];

        TRY(read_resource(site, tx, a, &list.items[i], r));
        if (r->type == RESOURCE_OPENID_CONNECT)
            e->openid = r;
        else if (r->type == RESOURCE_PINGONE_API)
            e->api = r;
    }
    return OK;
}

static int by_priority(const void *x, const void *y)
{
    int64_t a = ((const struct sign_on_action *)x)->priority,
            b = ((const struct sign_on_action *)y)->priority;

    return (a > b) - (a < b);
}

static enum err read_action(struct tx *tx, struct arena *a, const struct object *o,
                            struct sign_on_action *ret)
{
    const struct json *d, *kept;

    TRY(json_parse_stored(tx_arena(tx), o->document, &d));
    ret->id = o->id;
    ret->priority = json_int(json_get(d, "priority"), 0);
    ret->recovery = json_is_true(json_path(d, "recovery.enabled"));
    TRY(view_text(a, json_path_str(d, "type"), &ret->type));
    if (!json_get(d, "condition"))
        return OK;
    TRY(json_parse_stored(a, o->document, &kept));
    ret->condition = json_get(kept, "condition");
    return OK;
}

static enum err read_actions(struct tx *tx, struct arena *a, struct uuid environment,
                             struct sign_on_policy *p)
{
    struct object_list list;

    TRY(children_list(tx, tx_arena(tx), environment, "signOnPolicyAction", p->id, &list));
    p->actions = ARENA_ARRAY(a, struct sign_on_action, list.n + 1);
    if (!p->actions)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++)
        TRY(read_action(tx, a, &list.items[i], &p->actions[p->actions_n++]));
    qsort(p->actions, p->actions_n, sizeof(*p->actions), by_priority);
    return OK;
}

static enum err read_policies(struct tx *tx, struct arena *a, struct environment *e)
{
    struct object_range range = { .environment = e->id, .type = STR("signOnPolicy"), .limit = RESOURCES_MAX };
    struct object_list list;

    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    e->policies = ARENA_ARRAY(a, struct sign_on_policy, list.n + 1);
    if (!e->policies)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        struct sign_on_policy *p = &e->policies[e->policies_n++];
        const struct json *d;

        TRY(json_parse_stored(tx_arena(tx), list.items[i].document, &d));
        TRY(view_text(a, json_path_str(d, "name"), &p->name));
        p->id = list.items[i].id;
        p->is_default = json_is_true(json_get(d, "default"));
        if (p->is_default)
            e->default_policy = p;
        TRY(read_actions(tx, a, e->id, p));
    }
    return OK;
}

static enum err load(struct site *site, struct tx *tx, struct arena *a, const struct view_key *key,
                     void **ret)
{
    struct environment *e = ARENA_NEW(a, struct environment);
    const struct json *d;
    struct object o;

    if (!e)
        return NO_MEMORY;
    e->id = key->environment;
    TRY(tx_get(tx, tx_arena(tx), (struct uuid){ { 0 } }, STR("environment"), e->id, &o));
    TRY(json_parse_stored(tx_arena(tx), o.document, &d));
    TRY(view_text(a, json_path_str(d, "name"), &e->name));
    TRY(uuid_text(a, e->id, &e->text));
    TRY(read_resources(site, tx, a, e));
    TRY(read_policies(tx, a, e));
    *ret = e;
    return OK;
}

enum err environment_get(struct site *site, struct arena *holder, struct uuid id,
                         const struct environment **ret)
{
    static const struct view_kind kind = { "environment", load };
    struct view_key key = { id, id, NULL };
    const void *view;

    TRY(cache_get(site, holder, &kind, &key, &view));
    *ret = view;
    return OK;
}

enum err environment_require(struct tx *tx, struct arena *a, struct uuid id)
{
    struct object o;

    return tx_get(tx, a, (struct uuid){ { 0 } }, STR("environment"), id, &o);
}

const struct resource *environment_resource(const struct environment *e, struct uuid id)
{
    for (size_t i = 0; i < e->resources_n; i++)
        if (uuid_eq(e->resources[i].id, id))
            return &e->resources[i];
    return NULL;
}

const struct sign_on_policy *environment_policy(const struct environment *e, struct uuid id)
{
    for (size_t i = 0; i < e->policies_n; i++)
        if (uuid_eq(e->policies[i].id, id))
            return &e->policies[i];
    return NULL;
}

const struct sign_on_policy *environment_policy_named(const struct environment *e, struct str name)
{
    for (size_t i = 0; i < e->policies_n; i++)
        if (str_eq(e->policies[i].name, name))
            return &e->policies[i];
    return NULL;
}

const struct scope *resource_scope(const struct resource *r, struct uuid id)
{
    for (size_t i = 0; i < r->scopes_n; i++)
        if (uuid_eq(r->scopes[i].id, id))
            return &r->scopes[i];
    return NULL;
}

const struct scope *resource_scope_named(const struct resource *r, struct str name)
{
    for (size_t i = 0; i < r->scopes_n; i++)
        if (str_eq(r->scopes[i].name, name))
            return &r->scopes[i];
    return NULL;
}
