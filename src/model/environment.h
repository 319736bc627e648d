/* SPDX-License-Identifier: Apache-2.0 */
/* An environment as the authorization server needs it: its resources with their scopes, its policies. */
#ifndef MODEL_ENVIRONMENT_H
#define MODEL_ENVIRONMENT_H

#include "model/application.h"

enum resource_type { RESOURCE_OPENID_CONNECT, RESOURCE_PINGONE_API, RESOURCE_CUSTOM };

struct scope {
    struct uuid id;
    struct str name;
    bool restricts; /* to these attributes: paths of a user's members; "*": all */
    struct str *attributes;
    size_t attributes_n;
};

struct resource {
    struct uuid environment, id;
    struct str name, audience;
    enum resource_type type;
    int64_t token_validity_s;
    enum client_authentication introspection;
    struct secret_hash secret, previous_secret;
    struct scope *scopes;
    size_t scopes_n;
    struct attribute_mapping *attributes;
    size_t attributes_n;
};

struct sign_on_action {
    struct uuid id;
    int64_t priority;
    struct str type; /* "LOGIN" */
    bool recovery;
    const struct json *condition; /* NULL: always */
};

struct sign_on_policy {
    struct uuid id;
    struct str name;
    bool is_default;
    struct sign_on_action *actions; /* by priority */
    size_t actions_n;
};

struct environment {
    struct uuid id;
    struct str text; /* the id in text */
    struct str name;
    struct resource *resources;
    size_t resources_n;
    const struct resource *openid, *api;
    struct sign_on_policy *policies;
    size_t policies_n;
    const struct sign_on_policy *default_policy; /* NULL: none */
};

/** -> OK; NOT_FOUND; CORRUPT; IO; NO_MEMORY */
enum err environment_get(struct site *site, struct arena *holder, struct uuid id,
                         const struct environment **ret) MUST_CHECK;

/** Whether the environment is there, in the snapshot itself: of a deleted one rows stay until they are swept,
 * and nothing of them may be seen any more. -> OK; NOT_FOUND; IO; NO_MEMORY */
enum err environment_require(struct tx *tx, struct arena *a, struct uuid id) MUST_CHECK;

/* Finding in what is loaded; the result lives as long as the environment. */

/** NULL when the environment has none of that id. */
const struct resource *environment_resource(const struct environment *e, struct uuid id);

/** NULL when the environment has none of that id. */
const struct sign_on_policy *environment_policy(const struct environment *e, struct uuid id);

/** NULL when the environment has none of that name. */
const struct sign_on_policy *environment_policy_named(const struct environment *e, struct str name);

/** NULL when the resource has none of that id. */
const struct scope *resource_scope(const struct resource *r, struct uuid id);

/** NULL when the resource has none of that name. */
const struct scope *resource_scope_named(const struct resource *r, struct str name);

#endif
