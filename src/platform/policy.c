/* SPDX-License-Identifier: Apache-2.0 */
/* Password policies, sign-on policy actions, key rotation policies. */
#include "platform/common.h"

#include "base/clock.h"
#include "model/keyring.h"
#include "model/password_policy.h"

/* Whoever is warned can change the password then. The schema's minimum is the rule for a policy without a
 * minimum age (reference: password policies). */
static enum err password_policy_check_age(struct change *c)
{
    int64_t max = json_int(json_get(c->document, "maxAgeDays"), 0);
    int64_t min = json_int(json_get(c->document, "minAgeDays"), 0);

    if (max && max - PASSWORD_WARNING_DAYS <= min)
        return change_refuse(c, INVALID_VALUE, "maxAgeDays",
                             "The maximum age must exceed the minimum age by more than 21 days.");
    return OK;
}

const struct hooks password_policy_hooks = {
    .type = "passwordPolicy",
    .before_create = password_policy_check_age,
    .before_replace = password_policy_check_age,
};

static enum err action_before_delete(struct change *c)
{
    struct object_range range = { .environment = c->environment,
                                  .type = c->type->name,
                                  .has_parent = true,
                                  .parent = c->parent,
                                  .limit = 2 };
    struct object_list list;

    if (c->cascading)
        return OK;
    TRY(tx_list(c->tx, tx_arena(c->tx), &range, &list));
    if (list.n < 2)
        return change_refuse(c, CONSTRAINT_VIOLATION, NULL, "Cannot delete last action from the policy");
    return OK;
}

const struct hooks sign_on_policy_action_hooks = {
    .type = "signOnPolicyAction",
    .before_delete = action_before_delete,
};

/* The ids of the keys that sign now and next under a policy. */
static enum err rotation_policy_show(struct http_request *rq, struct tx *tx UNUSED, const struct object *o,
                                     struct buf *b)
{
    const int64_t now = clock_now_ms();
    const struct signing_key *current = NULL, *next = NULL;
    const struct keyring *ring;

    TRY(keyring_get(site_of(rq), rq->arena, o->environment, &ring));
    for (size_t i = 0; i < ring->keys_n; i++) {
        if (!uuid_eq(ring->keys[i].policy, o->id))
            continue;
        if (ring->keys[i].signs_from_ms <= now)
            current = &ring->keys[i];
        else if (!next)
            next = &ring->keys[i];
    }
    if (current) {
        json_add_str(b, "currentKeyId", current->kid);
        json_add_time(b, "rotatedAt", current->signs_from_ms);
    }
    if (next)
        json_add_str(b, "nextKeyId", next->kid);
    return OK;
}

const struct hooks key_rotation_policy_hooks = {
    .type = "keyRotationPolicy",
    .show = rotation_policy_show,
};
