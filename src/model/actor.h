/* SPDX-License-Identifier: Apache-2.0 */
/* Who calls the management API, with which roles, and where those count (reference: roles). */
#ifndef MODEL_ACTOR_H
#define MODEL_ACTOR_H

#include "model/roles.h"
#include "model/site.h"
#include "store/store.h"

struct assignment {
    const struct role *role;
    enum role_scope scope_type;
    struct uuid scope;
};

struct actor {
    struct uuid environment; /* its own, not the one it acts on */
    struct uuid client;      /* the application whose token it is */
    struct uuid user;        /* nil: the application acts for itself */
    struct str scope;        /* of the token; STR_NONE: it was loaded without one */
    const struct assignment *assignments;
    size_t assignments_n;
};

/* Where a permission holds within one environment. */
struct access {
    bool all;
    struct uuid *populations; /* unless all: only these */
    size_t populations_n;
    struct uuid *applications;
    size_t applications_n;
};

/** A built-in role, or a custom one of an environment. -> OK (built in, or in `a`); NOT_FOUND; CORRUPT; IO;
 * NO_MEMORY */
enum err role_get(const struct site *site, struct tx *tx, struct arena *a, struct uuid environment,
                  struct uuid id, const struct role **ret) MUST_CHECK;

/** Who holds the request's bearer token. -> OK; FAILED: 401 (no good token), 403 (not for this API);
 * NO_MEMORY */
enum err actor_authenticate(struct http_request *rq, const struct actor **ret) MUST_CHECK;

/** The roles of an application or a user, as they are now. -> OK; IO; NO_MEMORY */
enum err actor_load(struct site *site, struct arena *holder, struct uuid environment, struct uuid client,
                    struct uuid user, const struct actor **ret) MUST_CHECK;

/**
 * Where in an environment the actor holds a permission ("*": any role will do); the nil environment stands
 * for the organization's own objects.
 * ->  OK; FAILED: 403, it holds it nowhere; NO_MEMORY
 */
enum err actor_require(struct http_request *rq, const struct actor *a, struct str permission,
                       struct uuid environment, struct access *ret) MUST_CHECK;

/** The environments in which the actor holds a permission, unless everywhere. -> OK; NO_MEMORY */
enum err actor_environments(struct http_request *rq, const struct actor *a, struct str permission,
                            bool *ret_all, struct uuid **ret, size_t *ret_n) MUST_CHECK;

/** Whether the actor holds every permission of a set, by number, at a scope or wider. */
bool actor_holds(const struct actor *a, const uint64_t bits[ROLE_WORDS], const struct assignment *at,
                 struct uuid environment);

/** Whether the actor may give a role at a scope: it holds it there or wider, or a role that may assign it;
 * and every permission of one that is custom. `environment` is where a population or application scope lies.
 */
bool actor_may_assign(const struct actor *a, const struct assignment *given, struct uuid environment);

#endif
