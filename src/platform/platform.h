/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of resource types that their schemas cannot say, one file a family. */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "resource/hooks.h"

/* All hooks, ended by NULL: what registry_new takes. */
extern const struct hooks *const platform_hooks[];

extern const struct hooks application_hooks, application_attribute_hooks, application_role_hooks,
    custom_role_hooks, environment_hooks, key_hooks, key_rotation_policy_hooks, license_hooks,
    password_policy_hooks, population_hooks, resource_hooks, resource_attribute_hooks, role_hooks,
    scope_hooks, sign_on_policy_action_hooks, user_hooks, user_role_hooks;

/** Ids and secrets that a fixture fixes instead of drawing them; nil and STR_NONE: not fixed. */
struct seeds {
    struct uuid organization, license, environment, client;
    struct str client_secret, admin_username, admin_password;
    bool production; /* the password is not kept for a ready file to show it again */
};

/** What an empty store was given. In production the secrets are known only when they are new. */
struct seeded {
    struct uuid organization, license, environment, client;
    struct str client_secret, admin_username, admin_password;
    bool production;
};

/**
 * Give an empty store its organization, licences, the Administrators environment, an administrator and a
 * worker with full rights; on a store that has them, read who they are.
 * ->  OK; UNAVAILABLE; NO_SPACE; CORRUPT; IO; NO_MEMORY
 */
enum err platform_seed(struct site *site, struct arena *a, const struct seeds *seeds,
                       struct seeded *ret) MUST_CHECK;

/**
 * Add a new administrator, of seeds->admin_username, and a new worker with full rights to a store in
 * production, for who cannot get in any more. What was there stays.
 * ->  OK: `ret` names them; NOT_FOUND: the store is empty; FAILED: the name is taken; others as platform_read
 */
enum err platform_recover(struct site *site, struct arena *a, const struct seeds *seeds,
                          struct seeded *ret) MUST_CHECK;

/** Whose a store is, which shows that the master key is its own too. -> OK; NOT_FOUND: the store is empty;
 * CORRUPT: another key, or damaged; UNAVAILABLE; IO; NO_MEMORY */
enum err platform_read(struct site *site, struct arena *a, struct seeded *ret) MUST_CHECK;

#endif
