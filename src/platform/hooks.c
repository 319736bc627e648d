/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all hooks. */
#include "platform/platform.h"

const struct hooks *const platform_hooks[] = {
    &application_hooks,
    &application_attribute_hooks,
    &application_role_hooks,
    &custom_role_hooks,
    &environment_hooks,
    &key_hooks,
    &key_rotation_policy_hooks,
    &license_hooks,
    &password_policy_hooks,
    &population_hooks,
    &resource_hooks,
    &resource_attribute_hooks,
    &role_hooks,
    &scope_hooks,
    &sign_on_policy_action_hooks,
    &user_hooks,
    &user_role_hooks,
    NULL,
};
