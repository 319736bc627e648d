/* SPDX-License-Identifier: Apache-2.0 */
/* Views of applications. */
#include "model/application.h"

#include "http/origin.h"
#include "model/cache.h"

#include <stdlib.h>

enum { CHILDREN_MAX = 10000 };

static const char *const grant_names[] = {
    "AUTHORIZATION_CODE", "IMPLICIT",       "REFRESH_TOKEN", "CLIENT_CREDENTIALS",
    "DEVICE_CODE",        "TOKEN_EXCHANGE", "CIBA",          NULL
};
static const char *const response_names[] = { "CODE", "TOKEN", "ID_TOKEN", NULL };
static const char *const pkce_names[] = { "OPTIONAL", "REQUIRED", "S256_REQUIRED", NULL };
static const char *const authentication_names[] = { "NONE", "CLIENT_SECRET_BASIC", "CLIENT_SECRET_POST",
                                                    NULL };

unsigned names_to_bits(const struct json *list, const char *const *names)
{
    unsigned bits = 0;

    json_each (m, list)
        for (unsigned i = 0; names[i]; i++)
            if (str_is(json_str(m.value), names[i]))
                bits |= 1u << i;
    return bits;
}

/* The place of a name in a table ended by NULL, whose place is that of an unknown or absent one. */
static unsigned name_to_place(struct str name, const char *const *names)
{
    unsigned i = 0;

    while (names[i] && !str_is(name, names[i]))
        i++;
    return i;
}

enum err children_list(struct tx *tx, struct arena *a, struct uuid environment, const char *type,
                       struct uuid parent, struct object_list *ret)
{
    struct object_range range = { .environment = environment,
                                  .type = str_from(type),
                                  .has_parent = true,
                                  .parent = parent,
                                  .limit = CHILDREN_MAX };

    return tx_list(tx, a, &range, ret);
}

static void read_scalars(struct application *app, const struct json *d)
{
    app->name = json_path_str(d, "name");
    app->type = json_path_str(d, "type");
    app->login_page_url = json_path_str(d, "loginPageUrl");
    app->enabled = json_is_true(json_get(d, "enabled"));
    app->grant_types = names_to_bits(json_get(d, "grantTypes"), grant_names);
    app->response_types = names_to_bits(json_get(d, "responseTypes"), response_names);
    app->authentication = name_to_place(json_path_str(d, "tokenEndpointAuthMethod"), authentication_names);
    app->pkce = name_to_place(json_path_str(d, "pkceEnforcement"), pkce_names) % 3;
    app->redirect_uris = json_get(d, "redirectUris");
    app->post_logout_redirect_uris = json_get(d, "postLogoutRedirectUris");
    app->has_cors_settings = json_get(d, "corsSettings") != NULL;
    if (str_is(json_path_str(d, "corsSettings.behavior"), "ALLOW_SPECIFIC_ORIGINS"))
        app->cors_origins = json_path(d, "corsSettings.origins");
    app->allow_wildcards = json_is_true(json_get(d, "allowWildcardInRedirectUris"));
    app->multiple_resources = json_is_true(json_get(d, "requestScopesForMultipleResourcesEnabled"));
    app->skip_session_check = json_is_true(json_get(d, "skipTokenSessionValidation"));
    app->replay_protection = json_is_true(json_get(d, "additionalRefreshTokenReplayProtectionEnabled"));
    app->refresh_duration_s = json_int(json_get(d, "refreshTokenDuration"), 2592000);
    app->refresh_rolling_s = json_int(json_get(d, "refreshTokenRollingDuration"), 15552000);
    app->refresh_grace_s = json_int(json_get(d, "refreshTokenRollingGracePeriodDuration"), 0);
    if (uuid_parse(json_path_str(d, "signing.keyRotationPolicy.id"), &app->key_rotation_policy) != OK)
        app->key_rotation_policy = (struct uuid){ { 0 } };
}

static enum err read_secrets(struct site *site, struct arena *reading, const struct object *o,
                             struct application *app)
{
    struct client_secret s;
    enum err e = client_secret_open(site, reading, o, &s);

    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    app->secret = secret_hash_of(site, s.value);
    if (!str_is_none(s.previous)) {
        app->previous_secret = secret_hash_of(site, s.previous);
        app->previous_secret.expires_at_ms = s.previous_expires_at_ms;
    }
    return OK;
}

static enum err read_grant(struct arena *a, const struct json *d, struct application_grant *g)
{
    const struct json *scopes = json_get(d, "scopes");

    g->scopes = ARENA_ARRAY(a, struct uuid, json_count(scopes) + 1);
    if (!g->scopes)
        return NO_MEMORY;
    if (uuid_parse(json_path_str(d, "resource.id"), &g->resource) != OK)
        return CORRUPT;
    json_each (m, scopes)
        if (uuid_parse(json_path_str(m.value, "id"), &g->scopes[g->scopes_n]) == OK)
            g->scopes_n++;
    return OK;
}

static enum err read_grants(struct tx *tx, struct arena *a, struct application *app)
{
    struct object_list list;

    TRY(children_list(tx, tx_arena(tx), app->environment, "grant", app->id, &list));
    app->grants = ARENA_ARRAY(a, struct application_grant, list.n + 1);
    if (!app->grants)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        const struct json *d;

        TRY(json_parse_stored(tx_arena(tx), list.items[i].document, &d));
        TRY(read_grant(a, d, &app->grants[app->grants_n++]));
    }
    return OK;
}

static int by_priority(const void *x, const void *y)
{
    int64_t a = ((const struct policy_assignment *)x)->priority,
            b = ((const struct policy_assignment *)y)->priority;

    return (a > b) - (a < b);
}

static enum err read_policies(struct tx *tx, struct arena *a, struct application *app)
{
    struct object_list list;

    TRY(children_list(tx, tx_arena(tx), app->environment, "signOnPolicyAssignment", app->id, &list));
    app->policies = ARENA_ARRAY(a, struct policy_assignment, list.n + 1);
    if (!app->policies)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        struct policy_assignment *p = &app->policies[app->policies_n];
        const struct json *d;

        TRY(json_parse_stored(tx_arena(tx), list.items[i].document, &d));
        p->priority = json_int(json_get(d, "priority"), 0);
        app->policies_n += uuid_parse(json_path_str(d, "signOnPolicy.id"), &p->policy) == OK;
    }
    qsort(app->policies, app->policies_n, sizeof(*app->policies), by_priority);
    return OK;
}

static enum err read_attributes(struct tx *tx, struct arena *a, struct application *app)
{
    struct object_list list;

    TRY(children_list(tx, tx_arena(tx), app->environment, "applicationAttribute", app->id, &list));
    app->attributes = ARENA_ARRAY(a, struct attribute_mapping, list.n + 1);
    if (!app->attributes)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++) {
        struct attribute_mapping *m = &app->attributes[app->attributes_n++];
        const struct json *d;

        TRY(json_parse_stored(tx_arena(tx), list.items[i].document, &d));
        TRY(view_text(a, json_path_str(d, "name"), &m->name));
        TRY(view_text(a, json_path_str(d, "value"), &m->value));
        m->id_token = !json_get(d, "idToken") || json_is_true(json_get(d, "idToken"));
        m->user_info = !json_get(d, "userInfo") || json_is_true(json_get(d, "userInfo"));
    }
    return OK;
}

static enum err load(struct site *site, struct tx *tx, struct arena *a, const struct view_key *key,
                     void **ret)
{
    struct application *app = ARENA_NEW(a, struct application);
    const struct json *document;
    struct object o;

    if (!app)
        return NO_MEMORY;
    TRY(tx_get(tx, tx_arena(tx), key->environment, STR("application"), key->id, &o));
    app->environment = key->environment;
    app->id = key->id;
    TRY(uuid_text(a, key->id, &app->client_id));
    TRY(json_parse_stored(a, o.document, &document));
    read_scalars(app, document);
    TRY(read_secrets(site, tx_arena(tx), &o, app));
    TRY(read_grants(tx, a, app));
    TRY(read_policies(tx, a, app));
    TRY(read_attributes(tx, a, app));
    *ret = app;
    return OK;
}

enum err application_get(struct site *site, struct arena *holder, struct uuid environment, struct uuid id,
                         const struct application **ret)
{
    static const struct view_kind kind = { "application", load };
    struct view_key key = { environment, id, NULL };
    const void *view;

    TRY(cache_get(site, holder, &kind, &key, &view));
    *ret = view;
    return OK;
}

enum cors application_cors(const struct application *app, const struct http_request *rq)
{
    struct str origin = http_header(rq, "Origin");

    if (str_is_none(origin))
        return CORS_NONE;
    if (!app->has_cors_settings)
        return CORS_ANY_ORIGIN;
    json_each (m, app->cors_origins)
        if (origin_matches(json_str(m.value), origin))
            return CORS_THIS_ORIGIN;
    return CORS_NONE;
}

static enum err load_environment(struct site *site UNUSED, struct tx *tx, struct arena *a,
                                 const struct view_key *key, void **ret)
{
    struct unique u = { .type = STR("application"), .attribute = STR("clientId") };
    struct uuid *environment = ARENA_NEW(a, struct uuid), id;

    if (!environment)
        return NO_MEMORY;
    TRY(uuid_text(tx_arena(tx), key->id, &u.value));
    TRY(tx_unique_get(tx, &u, environment, &id));
    *ret = environment;
    return OK;
}

/* An id is never given again, so that what is remembered of one that is gone leads to nothing. */
enum err application_environment(struct site *site, struct arena *holder, struct str client_id,
                                 struct uuid *ret)
{
    static const struct view_kind kind = { "environment of a client", load_environment };
    struct view_key key = { 0 };
    const void *view;

    if (uuid_parse(client_id, &key.id) != OK)
        return NOT_FOUND;
    TRY(cache_get(site, holder, &kind, &key, &view));
    *ret = *(const struct uuid *)view;
    return OK;
}
