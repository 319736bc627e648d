/* SPDX-License-Identifier: Apache-2.0 */
/* Resources and scopes: the built-in ones stay, custom ones own a secret. */
#include "platform/common.h"

#include "model/secret.h"

static bool is_custom(const struct json *document)
{
    return str_is(json_path_str(document, "type"), "CUSTOM");
}

static enum err resource_before_create(struct change *c)
{
    struct object o = { .environment = c->environment, .type = c->type->name, .id = c->id };

    if (is_custom(c->document) && str_is_none(c->secret))
        return client_secret_make(c->site, tx_arena(c->tx), &o, 0, &c->secret);
    return OK;
}

static enum err resource_after_create(struct change *c)
{
    return is_custom(c->document) ? create_sub_attribute(c, "resourceAttribute") : OK;
}

static enum err resource_before_replace(struct change *c)
{
    if (is_custom(c->document) || str_eq(json_path_str(c->document, "name"), json_path_str(c->old, "name")))
        return OK;
    return change_refuse(c, CONSTRAINT_VIOLATION, "name", "A built-in resource cannot be renamed.");
}

static enum err resource_before_delete(struct change *c)
{
    if (is_custom(c->old))
        return OK;
    return change_refuse(c, CONSTRAINT_VIOLATION, NULL, "A built-in resource cannot be deleted.");
}

static const struct action_entry resource_actions[] = {
    { "resource_secret_read", secret_read },
    { "resource_secret_rotate", secret_rotate },
    { "resource_secret_forget", secret_forget },
    { NULL, NULL },
};

const struct hooks resource_hooks = {
    .type = "resource",
    .before_create = resource_before_create,
    .before_replace = resource_before_replace,
    .before_delete = resource_before_delete,
    .after_create = resource_after_create,
    .actions = resource_actions,
};

static struct str kind_of(const struct change *c)
{
    return json_path_str(c->parent_document, "type");
}

static bool restricts_users(struct str name)
{
    return str_starts(name, STR("p1:read:user:")) || str_starts(name, STR("p1:update:user:"));
}

static enum err check_api_scope(struct change *c, struct str name, bool named_anew)
{
    if (named_anew && !restricts_users(name))
        return change_refuse(c, INVALID_VALUE, "name",
                             "A scope of this resource must begin with p1:read:user: or p1:update:user:.");
    if (restricts_users(name) && !json_get(c->document, "schemaAttributes"))
        return change_refuse(c, REQUIRED_VALUE, "schemaAttributes",
                             "The attributes that the scope opens are needed.");
    return OK;
}

/* The OIDC resource's scopes are those of the specification, the API's own ones restrict p1:read:user and
 * p1:update:user to attributes (reference: scopes). A scope of another resource must not look like those: a
 * token shows names alone. */
static enum err scope_check(struct change *c)
{
    struct str name = json_path_str(c->document, "name"), kind = kind_of(c);
    bool named_anew = !c->old || !str_eq(name, json_path_str(c->old, "name"));

    if (c->seeding)
        return OK;
    if (str_is(kind, "PINGONE_API"))
        return check_api_scope(c, name, named_anew);
    if (str_is(kind, "CUSTOM") && named_anew && str_starts(name, STR("p1:")))
        return change_refuse(c, INVALID_VALUE, "name",
                             "Names that begin with p1: are those of PingOne API scopes.");
    return OK;
}

const struct hooks scope_hooks = {
    .type = "scope",
    .before_create = scope_check,
    .before_replace = scope_check,
};
