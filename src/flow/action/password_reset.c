/* SPDX-License-Identifier: Apache-2.0 */
/* password.reset: a password that must change, or has expired, is replaced by the user who knows it. */
#include "base/clock.h"
#include "flow/action.h"
#include "platform/password.h"
#include "resource/schema.h"

struct keep_call {
    struct flow_call *call;
    const struct user *user;
    struct str secret;
};

static enum err keep_in(struct tx *tx, void *arg)
{
    struct keep_call *k = arg;
    struct site *site = site_of(k->call->rq);
    struct actor self = { .environment = k->call->flow->environment, .user = k->user->id };
    struct change c = { .rq = k->call->rq,
                        .site = site,
                        .registry = site->registry,
                        .actor = &self,
                        .tx = tx,
                        .environment = self.environment,
                        .id = k->user->id,
                        .now_ms = clock_now_ms() };

    c.type = registry_find(site->registry, STR("user"));
    return password_keep(&c, k->user, k->secret, "PASSWORD.RESET");
}

enum err flow_password_reset(struct flow_call *call)
{
    struct password_attempt t = { .environment = call->flow->environment };
    struct str new_password = json_path_str(call->body, "newPassword");
    struct keep_call k = { .call = call, .user = &t.user };

    t.password = json_path_str(call->body, "currentPassword");
    if (!t.password.len)
        return problem_detail(call->rq, REQUIRED_VALUE, STR("currentPassword"),
                              STR("The value is required."));
    if (!new_password.len || new_password.len > 1024)
        return problem_detail(call->rq, REQUIRED_VALUE, STR("newPassword"), STR("The value is required."));
    if (uuid_parse(call->flow->user, &t.user_id) != OK)
        return CORRUPT;
    TRY(password_try(site_of(call->rq), call->rq->arena, &t));
    if (!t.right || !t.user.usable)
        return problem_detail(call->rq, INVALID_VALUE, STR("currentPassword"),
                              STR("The current password is not right."));
    TRY(password_renew(call->rq, &t.user, &t.state, t.password, new_password, &k.secret));
    TRY(store_write(site_of(call->rq)->store, keep_in, &k));
    return flow_complete(call, &t.user);
}
