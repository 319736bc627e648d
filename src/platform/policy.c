/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-on policy actions, key rotation policies. */
#include "platform/common.h"

#include "base/clock.h"
#include "model/keyring.h"

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
