/* SPDX-License-Identifier: Apache-2.0 */
/* An application as the authorization server needs it: with its secret's hash, grants, mappings and policies.
 */
#ifndef MODEL_APPLICATION_H
#define MODEL_APPLICATION_H

#include "model/secret.h"
#include "json/json.h"

enum grant_type {
    GRANT_AUTHORIZATION_CODE = 1,
    GRANT_IMPLICIT = 2,
    GRANT_REFRESH_TOKEN = 4,
    GRANT_CLIENT_CREDENTIALS = 8,
    GRANT_DEVICE_CODE = 16,
    GRANT_TOKEN_EXCHANGE = 32,
    GRANT_CIBA = 64,
};

enum response_type { RESPONSE_CODE = 1, RESPONSE_TOKEN = 2, RESPONSE_ID_TOKEN = 4 };

enum client_authentication { AUTH_NONE, AUTH_CLIENT_SECRET_BASIC, AUTH_CLIENT_SECRET_POST, AUTH_OTHER };

enum pkce_enforcement { PKCE_OPTIONAL, PKCE_REQUIRED, PKCE_S256_REQUIRED };

/* Which scopes of which resource the application may ask for. */
struct application_grant {
    struct uuid resource;
    struct uuid *scopes;
    size_t scopes_n;
};

struct policy_assignment {
    int64_t priority;
    struct uuid policy;
};

/* A claim: name and value template, "${user.email}". */
struct attribute_mapping {
    struct str name, value;
    bool id_token, user_info;
};

struct application {
    struct uuid environment, id;
    struct str client_id; /* the id in text */
    struct str name, type, login_page_url;
    bool enabled;
    unsigned grant_types, response_types;
    enum client_authentication authentication;
    enum pkce_enforcement pkce;
    const struct json *redirect_uris, *post_logout_redirect_uris, *cors_origins; /* arrays; NULL: none */
    bool has_cors_settings;
    bool allow_wildcards, multiple_resources, skip_session_check, replay_protection;
    int64_t refresh_duration_s, refresh_rolling_s, refresh_grace_s;
    struct uuid key_rotation_policy; /* nil: the environment's default */
    struct secret_hash secret, previous_secret;
    struct application_grant *grants;
    size_t grants_n;
    struct policy_assignment *policies; /* by priority */
    size_t policies_n;
    struct attribute_mapping *attributes;
    size_t attributes_n;
};

/** -> OK; NOT_FOUND; CORRUPT; IO; NO_MEMORY */
enum err application_get(struct site *site, struct arena *holder, struct uuid environment, struct uuid id,
                         const struct application **ret) MUST_CHECK;

/**
 * Whose scripts may read answers to a request that concerns the application's sign-ons: with corsSettings the
 * listed origins, and those with credentials; without them any, without credentials (reference: wire 2.3).
 */
enum cors application_cors(const struct application *app, const struct http_request *rq);

/** The environment of a client id, for requests that do not name it; remembered. -> OK; NOT_FOUND; IO;
 * NO_MEMORY */
enum err application_environment(struct site *site, struct arena *a, struct str client_id,
                                 struct uuid *ret) MUST_CHECK;

/** The names of members of `list` as bits, by a table ended by NULL: bit 0 is the first. */
unsigned names_to_bits(const struct json *list, const char *const *names);

/** All children of an object as documents, e.g. an application's grants. -> OK; IO; NO_MEMORY */
enum err children_list(struct tx *tx, struct arena *a, struct uuid environment, const char *type,
                       struct uuid parent, struct object_list *ret) MUST_CHECK;

#endif
