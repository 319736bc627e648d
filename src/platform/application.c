/* SPDX-License-Identifier: Apache-2.0 */
/* Applications: their secret, what comes along with them, which settings go together. */
#include "platform/common.h"

#include "http/origin.h"
#include "model/secret.h"

/* http(s), or a scheme of a native application's own; no fragment (RFC 6749 3.1.2); '*' only where allowed.
 */
static const char *redirect_fault(struct str uri, bool wildcards)
{
    size_t colon = str_index(uri, ':');
    struct str path = str_slice(uri, colon + 3, uri.len);

    if (colon == 0 || colon == uri.len || str_index(uri, '#') < uri.len || str_index(uri, ' ') < uri.len)
        return "A redirect URI must be absolute and without a fragment.";
    if (str_is_nocase(str_slice(uri, 0, colon), "javascript") ||
        str_is_nocase(str_slice(uri, 0, colon), "data"))
        return "A redirect URI of this scheme is not allowed.";
    if (str_index(uri, '*') == uri.len)
        return NULL;
    if (!wildcards)
        return "Wildcards are not allowed in redirect URIs.";
    if (str_index(uri, '*') < colon || str_index(path, '*') < str_index(path, '/') ||
        str_index(str_slice(uri, str_index(uri, '*') + 1, uri.len), '*') < uri.len - str_index(uri, '*') - 1)
        return "A redirect URI may have one wildcard, in its path or query.";
    return NULL;
}

static enum err check_redirects(struct change *c, const char *member, bool wildcards)
{
    json_each (m, json_get(c->document, member)) {
        const char *fault = redirect_fault(json_str(m.value), wildcards);

        if (fault)
            return change_refuse(c, INVALID_VALUE, member, fault);
    }
    return OK;
}

/* Origins are listed where some are allowed, and only there (reference: applications). */
static enum err check_cors(struct change *c)
{
    const struct json *origins = json_path(c->document, "corsSettings.origins");
    bool some = str_is(json_path_str(c->document, "corsSettings.behavior"), "ALLOW_SPECIFIC_ORIGINS");
    struct str target;
    size_t i = 0;

    if (some && !json_count(origins))
        return change_refuse(c, REQUIRED_VALUE, "corsSettings.origins", "The value is required.");
    if (!some && json_count(origins))
        return change_refuse(c, INVALID_VALUE, "corsSettings.origins",
                             "Origins are listed only with ALLOW_SPECIFIC_ORIGINS.");
    json_each (m, origins) {
        TRY(str_printf(c->rq->arena, &target, "corsSettings.origins[%zu]", i++));
        if (!origin_is_pattern(json_str(m.value)))
            return problem_detail(
                c->rq, INVALID_VALUE, target,
                STR("An origin is http or https and a host, perhaps with a port: https://*.example.com."));
    }
    return OK;
}

static bool lists(const struct json *document, const char *member, const char *word)
{
    json_each (m, json_get(document, member))
        if (str_is(json_str(m.value), word))
            return true;
    return false;
}

/* Built-in applications have no grant types of their own choosing. */
static bool is_system(const struct json *document)
{
    return str_starts(json_path_str(document, "type"), STR("PING_ONE_"));
}

static enum err check_grants(struct change *c)
{
    const struct json *d = c->document;

    if (!json_get(d, "grantTypes"))
        return change_refuse(c, REQUIRED_VALUE, "grantTypes", "The value is required.");
    if (lists(d, "grantTypes", "AUTHORIZATION_CODE") && !lists(d, "responseTypes", "CODE"))
        return change_refuse(c, INVALID_VALUE, "responseTypes",
                             "The AUTHORIZATION_CODE grant needs the CODE response type.");
    if (lists(d, "grantTypes", "AUTHORIZATION_CODE") && !json_count(json_get(d, "redirectUris")))
        return change_refuse(c, REQUIRED_VALUE, "redirectUris",
                             "The AUTHORIZATION_CODE grant needs a redirect URI.");
    if (lists(d, "grantTypes", "CLIENT_CREDENTIALS") &&
        str_is(json_path_str(d, "tokenEndpointAuthMethod"), "NONE"))
        return change_refuse(c, INVALID_VALUE, "tokenEndpointAuthMethod",
                             "The CLIENT_CREDENTIALS grant needs an application that authenticates.");
    return OK;
}

/* The key that issues certificates for Windows sign-on (reference: applications). */
static enum err check_kerberos(struct change *c)
{
    static const char target[] = "kerberos.key.id";
    struct str text = json_path_str(c->document, target);
    const struct json *key;
    struct object o;
    struct uuid id;
    enum err e;

    if (!text.len)
        return OK;
    if (!str_is(json_path_str(c->document, "type"), "NATIVE_APP"))
        return change_refuse(c, INVALID_VALUE, "kerberos", "Only native applications have this setting.");
    e = uuid_parse(text, &id);
    if (e == OK)
        e = tx_get(c->tx, tx_arena(c->tx), c->environment, STR("key"), id, &o);
    if (e == INVALID || e == NOT_FOUND)
        return OK; /* references are checked for all types alike */
    TRY(e);
    TRY(json_parse_stored(tx_arena(c->tx), o.document, &key));
    if (!str_is(json_path_str(key, "usageType"), "ISSUANCE"))
        return change_refuse(c, INVALID_VALUE, target, "The key's usage type must be ISSUANCE.");
    return OK;
}

static enum err check_settings(struct change *c)
{
    bool wildcards = json_is_true(json_get(c->document, "allowWildcardInRedirectUris"));

    if (c->seeding)
        return OK;
    TRY(check_cors(c));
    if (is_system(c->document))
        return OK;
    TRY(check_redirects(c, "redirectUris", wildcards));
    TRY(check_redirects(c, "postLogoutRedirectUris", wildcards));
    TRY(check_kerberos(c));
    return check_grants(c);
}

/* Tokens are signed under the environment's default key rotation policy unless another is named. */
static enum err set_signing(struct change *c)
{
    const struct unique by_default = { .scope = c->environment,
                                       .type = STR("keyRotationPolicy"),
                                       .attribute = STR("default"),
                                       .value = STR("true") };
    struct uuid environment, policy;
    struct str id, text;
    enum err e;

    if (json_get(c->document, "signing"))
        return OK;
    e = tx_unique_get(c->tx, &by_default, &environment, &policy);
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    TRY(id_text(tx_arena(c->tx), policy, &id));
    TRY(str_printf(tx_arena(c->tx), &text, "{\"keyRotationPolicy\":%.*s}", STR_FMT(id)));
    return change_set(c, "signing", text);
}

static enum err application_before_create(struct change *c)
{
    struct object o = { .environment = c->environment, .type = c->type->name, .id = c->id };

    if (is_system(c->document))
        return c->seeding
                   ? OK
                   : change_refuse(c, INVALID_VALUE, "type", "Built-in applications cannot be created.");
    TRY(check_settings(c));
    TRY(set_signing(c));
    return str_is_none(c->secret) ? client_secret_make(c->site, tx_arena(c->tx), &o, 0, &c->secret) : OK;
}

/* A worker acts with its creator's roles unless the request says otherwise (reference: tokens). */
static enum err inherit_roles(struct change *c)
{
    bool wanted =
        !json_get(c->body, "assignActorRoles") || json_is_true(json_get(c->body, "assignActorRoles"));

    if (!str_is(json_path_str(c->document, "type"), "WORKER") || !c->actor || c->seeding || !wanted)
        return OK;
    for (size_t i = 0; i < c->actor->assignments_n; i++) {
        const struct assignment *a = &c->actor->assignments[i];
        char role[UUID_TEXT_LENGTH + 1], scope[UUID_TEXT_LENGTH + 1];
        struct str document;

        if (a->role->custom && !uuid_eq(c->actor->environment, c->environment))
            continue; /* a custom role is held in its own environment */
        uuid_format(a->role->id, role);
        uuid_format(a->scope, scope);
        TRY(str_printf(tx_arena(c->tx), &document,
                       "{\"role\":{\"id\":\"%s\"},\"scope\":{\"id\":\"%s\",\"type\":\"%s\"}}", role, scope,
                       role_scope_name(a->scope_type)));
        TRY(create_along(c, "applicationRoleAssignment", c->id, (struct uuid){ { 0 } }, document));
    }
    return OK;
}

static enum err application_after_create(struct change *c)
{
    if (is_system(c->document))
        return OK;
    TRY(create_sub_attribute(c, "applicationAttribute"));
    return inherit_roles(c);
}

static enum err application_before_delete(struct change *c)
{
    if (is_system(c->old))
        return change_refuse(c, CONSTRAINT_VIOLATION, NULL, "A built-in application cannot be deleted.");
    return OK;
}

/* Public clients have a secret in store, in case they become confidential, but never show it. */
static bool is_public(const struct action_call *call)
{
    return str_is(json_path_str(call->document, "tokenEndpointAuthMethod"), "NONE");
}

static enum err application_secret_read(struct action_call *call, struct http_response *rs)
{
    return is_public(call) ? problem_not_found(call->rq) : secret_read(call, rs);
}

static enum err application_secret_rotate(struct action_call *call, struct http_response *rs)
{
    return is_public(call) ? problem_not_found(call->rq) : secret_rotate(call, rs);
}

static enum err application_secret_forget(struct action_call *call, struct http_response *rs)
{
    return is_public(call) ? problem_not_found(call->rq) : secret_forget(call, rs);
}

static const struct action_entry application_actions[] = {
    { "application_secret_read", application_secret_read },
    { "application_secret_rotate", application_secret_rotate },
    { "application_secret_forget", application_secret_forget },
    { NULL, NULL },
};

const struct hooks application_hooks = {
    .type = "application",
    .before_create = application_before_create,
    .before_replace = check_settings,
    .before_delete = application_before_delete,
    .after_create = application_after_create,
    .actions = application_actions,
};

/* The core mapping stays as long as its owner: clients look for it. */
static enum err attribute_before_delete(struct change *c)
{
    if (c->cascading || !str_is(json_path_str(c->old, "name"), "sub"))
        return OK;
    return change_refuse(c, CONSTRAINT_VIOLATION, NULL, "The core attribute cannot be deleted.");
}

const struct hooks application_attribute_hooks = {
    .type = "applicationAttribute",
    .before_delete = attribute_before_delete,
};

const struct hooks resource_attribute_hooks = {
    .type = "resourceAttribute",
    .before_delete = attribute_before_delete,
};
