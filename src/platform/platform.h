/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of resource types that their schemas cannot say, one file a family. */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "resource/hooks.h"

/* All hooks, ended by NULL: what registry_new takes. */
extern const struct hooks *const platform_hooks[];

extern const struct hooks application_hooks, application_attribute_hooks, application_role_hooks,
    environment_hooks, key_hooks, key_rotation_policy_hooks, license_hooks, population_hooks, resource_hooks,
    resource_attribute_hooks, role_hooks, scope_hooks, sign_on_policy_action_hooks, user_hooks,
    user_role_hooks;

/** Ids and secrets that a fixture fixes instead of drawing them; nil and STR_NONE: not fixed. */
struct seeds {
    struct uuid organization, license, environment, client;
    struct str client_secret, admin_username, admin_password;
};

/** What an empty store was given. */
struct seeded {
    struct uuid organization, license, environment, client;
    struct str client_secret, admin_username, admin_password;
};

/**
 * Give an empty store its organization, licences, the Administrators environment, an administrator and a
 * worker with full rights; on a store that has them, read who they are.
 * ->  OK; UNAVAILABLE; NO_SPACE; CORRUPT; IO; NO_MEMORY
 */
enum err platform_seed(struct site *site, struct arena *a, const struct seeds *seeds,
                       struct seeded *ret) MUST_CHECK;

#endif
