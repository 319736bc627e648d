/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords. Hashing happens outside transactions; what was hashed is kept only if the user has not changed.
 */
#include "platform/password.h"

#include "base/clock.h"
#include "crypto/password.h"
#include "resource/event.h"
#include "resource/operation.h"
#include "resource/reply.h"
#include "resource/target.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static enum err read_state(struct action_call *call, struct user *u, struct password_state *state)
{
    struct tx *tx;

    TRY(store_read_begin(call->site->store, call->rq->arena, &tx));
    TRY(user_read(tx, call->rq->arena, call->environment, call->id, u));
    TRY(password_read(tx, call->rq->arena, u, state));
    tx_end(tx);
    return OK;
}

static void write_warnings(struct buf *b, const struct password_state *s)
{
    if (s->expires_at_ms && s->expires_at_ms - clock_now_ms() < PASSWORD_WARNING_DAYS * DAY_MS) {
        json_open_member(b, "warnings", '{');
        json_open_member(b, "passwordExpiring", '{');
        json_add_time(b, "at", s->expires_at_ms);
        json_close(b, '}');
        json_close(b, '}');
    }
}

static enum err reply_state(struct action_call *call, struct http_response *rs)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    static const char *const actions[] = { "password.check", "password.reset", "password.set",
                                           "password.recover", NULL };
    struct sub_resource sub = { .below = "/password", .actions = actions };
    char policy_id[UUID_TEXT_LENGTH + 1];
    struct str user, policy;
    struct password_state s;
    struct user u;

    TRY(read_state(call, &u, &s));
    uuid_format(s.policy.id, policy_id);
    TRY(str_printf(call->rq->arena, &sub.policy_link, "/passwordPolicies/%s", policy_id));
    TRY(id_text(call->rq->arena, u.id, &user));
    TRY(id_text(call->rq->arena, s.policy.id, &policy));
    json_add_raw(&b, "user", user);
    json_add_raw(&b, "passwordPolicy", policy);
    json_add_str(&b, "status", str_from(password_status_name(s.status)));
    if (s.changed_at_ms)
        json_add_time(&b, "lastChangedAt", s.changed_at_ms);
    if (s.status == PASSWORD_IS_LOCKED)
        json_add_int(&b, "secondsUntilUnlock", (s.locked_until_ms - clock_now_ms() + 999) / 1000);
    write_warnings(&b, &s);
    TRY(buf_finish(&b, &sub.members));
    return action_reply_sub(call, rs, &sub);
}

enum err password_state_read(struct action_call *call, struct http_response *rs)
{
    return reply_state(call, rs);
}

static enum err refuse_password(struct http_request *rq, const char *target, struct str inner)
{
    return problem_detail_inner(rq, INVALID_VALUE, str_from(target),
                                STR("New password did not satisfy password policy requirements"), inner);
}

enum err password_renew(struct http_request *rq, const struct user *u, const struct password_state *state,
                        struct str current, struct str password, struct str *ret)
{
    static const char target[] = "newPassword";
    struct uuid environment = u->object.environment;
    int64_t age = clock_now_ms() - state->changed_at_ms;
    struct str broken;
    bool old;

    TRY(password_policy_check(rq->arena, &state->policy, password, u->document, current, &broken));
    if (!str_is_none(broken))
        return refuse_password(rq, target, broken);
    if (state->policy.min_age_days && state->changed_at_ms && state->status == PASSWORD_OK &&
        age < state->policy.min_age_days * DAY_MS)
        return refuse_password(rq, target,
                               STR("\"minAgeDays\":\"The password was changed too recently.\","
                                   "\"unsatisfiedRequirements\":[\"minAgeDays\"]"));
    TRY(password_is_old(site_of(rq), environment, state, password, &old));
    if (old)
        return refuse_password(rq, target,
                               STR("\"history\":\"The password was used before.\","
                                   "\"unsatisfiedRequirements\":[\"history\"]"));
    return password_make(site_of(rq), rq->arena, state, environment, password, false, ret);
}

enum err password_keep(struct change *c, const struct user *u, struct str secret, const char *verb)
{
    struct object o = u->object;

    o.secret = secret;
    TRY(tx_update(c->tx, &o));
    TRY(password_unlock(c->tx, c->environment, u->id));
    return event_write(c, verb);
}

struct keep_call {
    struct action_call *call;
    const struct user *user;
    struct str secret;
    const char *verb;
};

static enum err keep_in(struct tx *tx, void *arg)
{
    struct keep_call *k = arg;
    struct change c = action_change(k->call, tx);

    return password_keep(&c, k->user, k->secret, k->verb);
}

static enum err keep(struct action_call *call, struct http_response *rs, const struct user *u,
                     struct str secret, const char *verb)
{
    struct keep_call k = { .call = call, .user = u, .secret = secret, .verb = verb };

    TRY(store_write(call->site->store, keep_in, &k));
    return reply_state(call, rs);
}

enum err password_give(struct http_request *rq, const struct password_state *state, struct uuid environment,
                       struct str value, const char *target, bool must_change, struct str *ret)
{
    switch (password_form(value)) {
    case PASSWORD_IS_ENCODED:
        return password_make_encoded(rq->arena, state, value, must_change, ret);
    case PASSWORD_IS_UNKNOWN:
        return problem_detail(
            rq, INVALID_VALUE, str_from(target),
            STR("The encoded password is malformed, or of a scheme or cost that is not taken."));
    default:
        return password_make(site_of(rq), rq->arena, state, environment, value, must_change, ret);
    }
}

/* A password that comes encoded tells nothing that the policy could look at. */
enum err password_set(struct action_call *call, struct http_response *rs)
{
    struct str password = json_path_str(call->body, "value"), broken = STR_NONE, secret;
    bool bypass = json_is_true(json_get(call->body, "bypassPolicy"));
    struct password_state s;
    struct user u;

    TRY(read_state(call, &u, &s));
    if (!bypass && password_form(password) == PASSWORD_IS_CLEAR)
        TRY(password_policy_check(call->rq->arena, &s.policy, password, u.document, STR_NONE, &broken));
    if (!str_is_none(broken))
        return refuse_password(call->rq, "value", broken);
    TRY(password_give(call->rq, &s, call->environment, password, "value",
                      json_is_true(json_get(call->body, "forceChange")), &secret));
    return keep(call, rs, &u, secret, "PASSWORD.SET");
}

static enum err try_password(struct action_call *call, struct str password, const char *target,
                             struct password_attempt *t)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct str inner;

    *t = (struct password_attempt){ .environment = call->environment,
                                    .user_id = call->id,
                                    .password = password };
    TRY(password_try(call->site, call->rq->arena, t));
    if (t->locked)
        return problem_detail(call->rq, PASSWORD_LOCKED_OUT, str_from(target),
                              STR("The password is locked."));
    if (t->right)
        return OK;
    if (t->state.failures_remaining >= 0)
        json_add_int(&b, "failuresRemaining", t->state.failures_remaining);
    TRY(buf_finish(&b, &inner));
    return problem_detail_inner(call->rq, INVALID_VALUE, str_from(target),
                                STR("The provided password did not match provisioned password"), inner);
}

enum err password_check(struct action_call *call, struct http_response *rs)
{
    struct password_attempt t;
    struct password_state s;
    struct user u;

    TRY(read_state(call, &u, &s));
    if (s.status == PASSWORD_NONE)
        return problem_detail(call->rq, NO_PASSWORD, STR("password"), STR("The user has no password."));
    TRY(try_password(call, json_path_str(call->body, "password"), "password", &t));
    return reply_state(call, rs);
}

enum err password_reset(struct action_call *call, struct http_response *rs)
{
    struct password_attempt t;
    struct str secret;

    TRY(try_password(call, json_path_str(call->body, "currentPassword"), "currentPassword", &t));
    TRY(password_renew(call->rq, &t.user, &t.state, t.password, json_path_str(call->body, "newPassword"),
                       &secret));
    return keep(call, rs, &t.user, secret, "PASSWORD.RESET");
}

/* The same part, marked. */
static enum err mark_part(struct arena *a, struct str part, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    const struct json *v;

    TRY(json_parse_stored(a, part, &v));
    json_open(&b, '{');
    json_each (m, v)
        if (!str_is(m.name, "mustChange"))
            json_key_str(&b, m.name), json_write(&b, m.value);
    json_add_bool(&b, "mustChange", true);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

enum err password_force_change(struct action_call *call, struct http_response *rs)
{
    struct password_state s;
    struct str secret;
    struct user u;

    TRY(read_state(call, &u, &s));
    if (s.status == PASSWORD_NONE)
        return problem_detail(call->rq, NO_PASSWORD, STR_NONE, STR("The user has no password."));
    TRY(mark_part(call->rq->arena, u.object.secret, &secret));
    return keep(call, rs, &u, secret, "PASSWORD.FORCE_CHANGE");
}

static enum err unlock_in(struct tx *tx, void *arg)
{
    struct action_call *call = arg;
    struct change c = action_change(call, tx);

    TRY(password_unlock(tx, call->environment, call->id));
    return event_write(&c, "PASSWORD.UNLOCKED");
}

enum err password_clear_lock(struct action_call *call, struct http_response *rs)
{
    TRY(store_write(call->site->store, unlock_in, call));
    return reply_state(call, rs);
}
