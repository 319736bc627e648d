/* SPDX-License-Identifier: Apache-2.0 */
/* Scope resolution. */
#include "oauth/scopes.h"

struct resolver {
    const struct environment *environment;
    const struct application *client;
    struct scopes *result;
    struct buf names;
};

static bool is_oidc(const struct resolver *r, struct str name)
{
    return r->environment->openid && resource_scope_named(r->environment->openid, name);
}

static bool grant_has(const struct resolver *r, const struct application_grant *g, struct str name)
{
    const struct resource *resource = environment_resource(r->environment, g->resource);
    const struct scope *s = resource ? resource_scope_named(resource, name) : NULL;

    for (size_t i = 0; s && i < g->scopes_n; i++)
        if (uuid_eq(g->scopes[i], s->id))
            return true;
    return false;
}

static const struct application_grant *granting(const struct resolver *r, struct str name)
{
    for (size_t i = 0; i < r->client->grants_n; i++)
        if (grant_has(r, &r->client->grants[i], name))
            return &r->client->grants[i];
    return NULL;
}

/* The one grant that holds all requested names that are granted at all; NULL: there is none. */
static const struct application_grant *grant_of_all(const struct resolver *r, struct str requested)
{
    for (size_t i = 0; i < r->client->grants_n; i++) {
        const struct application_grant *g = &r->client->grants[i];
        struct str rest = requested, name;
        bool all = true, any = false;

        while (str_next(&rest, ' ', &name)) {
            if (!name.len || is_oidc(r, name) || !granting(r, name))
                continue;
            any = true;
            all = all && grant_has(r, g, name);
        }
        if (any && all)
            return g;
    }
    return NULL;
}

static void add_name(struct resolver *r, struct str name)
{
    struct str so_far = { r->names.p, r->names.len };

    if (so_far.len && str_list_has(so_far, ' ', name))
        return;
    if (r->names.len)
        buf_add_char(&r->names, ' ');
    buf_add(&r->names, name);
}

static bool add_resource(struct resolver *r, const struct application_grant *g)
{
    const struct resource *resource = environment_resource(r->environment, g->resource);
    struct scopes *s = r->result;

    for (size_t i = 0; i < s->resources_n; i++)
        if (s->resources[i] == resource)
            return true;
    if (!resource || s->resources_n == SCOPE_RESOURCES_MAX)
        return false;
    if (s->resources_n == 0 || resource->token_validity_s < s->validity_s)
        s->validity_s = resource->token_validity_s;
    s->resources[s->resources_n++] = resource;
    return true;
}

static bool resolve_name(struct resolver *r, const struct application_grant *only, struct str name)
{
    const struct application_grant *g;

    if (is_oidc(r, name)) {
        r->result->openid = r->result->openid || str_is(name, "openid");
        r->result->offline_access = r->result->offline_access || str_is(name, "offline_access");
        add_name(r, name);
        return true;
    }
    g = only && grant_has(r, only, name) ? only : granting(r, name);
    if (!g)
        return true; /* not granted: dropped */
    if (!add_resource(r, g))
        return false;
    add_name(r, name);
    return true;
}

enum { API_TOKEN_S = 3600 };

enum err scopes_resolve(struct arena *a, const struct environment *e, const struct application *client,
                        struct str requested, struct scopes *ret, const char **ret_error)
{
    struct scopes s = { .validity_s = API_TOKEN_S };
    struct resolver r = {
        .environment = e, .client = client, .result = &s, .names = buf_make(a, BUF_NO_LIMIT)
    };
    const struct application_grant *only = grant_of_all(&r, requested);
    struct str rest = requested, name;

    while (str_next(&rest, ' ', &name)) {
        if (name.len && !resolve_name(&r, only, name)) {
            *ret_error = "Too many resources are asked for.";
            return INVALID;
        }
    }
    TRY(buf_finish(&r.names, &s.granted));
    if (!s.granted.len) {
        *ret_error = "At least one scope must be granted";
        return INVALID;
    }
    if (s.resources_n > 1 && !client->multiple_resources) {
        *ret_error = "May not request scopes for multiple resources";
        return INVALID;
    }
    *ret = s;
    return OK;
}

enum err scopes_all(struct arena *a, const struct environment *e, const struct application *client,
                    struct scopes *ret, const char **ret_error)
{
    struct buf names = buf_make(a, BUF_NO_LIMIT);
    struct str requested;

    for (size_t i = 0; i < client->grants_n; i++) {
        const struct resource *resource = environment_resource(e, client->grants[i].resource);

        for (size_t k = 0; resource && resource != e->openid && k < client->grants[i].scopes_n; k++) {
            const struct scope *s = resource_scope(resource, client->grants[i].scopes[k]);

            if (s)
                buf_printf(&names, "%.*s ", STR_FMT(s->name));
        }
    }
    TRY(buf_finish(&names, &requested));
    return scopes_resolve(a, e, client, requested, ret, ret_error);
}

bool scopes_within(struct str part, struct str whole)
{
    struct str name;

    while (str_next(&part, ' ', &name))
        if (name.len && !str_list_has(whole, ' ', name))
            return false;
    return true;
}
