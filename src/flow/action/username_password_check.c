/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usernamePassword.check: who the user is and that they know the password. An unknown name, a wrong password,
 * a disabled and a locked account look alike and cost alike.
 */
#include "flow/action.h"

static enum err refuse(struct http_request *rq)
{
    return problem_detail(rq, INVALID_VALUE, STR("username"), STR("Invalid username and/or password."));
}

static enum err require(struct flow_call *call, const char *member, struct str *ret)
{
    *ret = json_path_str(call->body, member);
    if (!str_is_none(*ret) && ret->len && ret->len <= 1024)
        return OK;
    return problem_detail(call->rq, ret->len ? INVALID_VALUE : REQUIRED_VALUE, str_from(member),
                          STR("The value is required."));
}

struct turn {
    struct flow_call *call;
    const struct user *user;
    enum flow_status status;
};

static enum err turn_in(struct tx *tx, void *arg)
{
    struct turn *t = arg;
    struct flow f = *t->call->flow;

    f.status = t->status;
    TRY(uuid_text(t->call->rq->arena, t->user->id, &f.user));
    TRY(flow_update(tx, t->call->rq->arena, &f));
    *t->call->flow = f;
    return OK;
}

/* Right, but the password has to be changed first. */
static enum err turn(struct flow_call *call, const struct user *u, enum flow_status status)
{
    struct turn t = { .call = call, .user = u, .status = status };

    return store_write(site_of(call->rq)->store, turn_in, &t);
}

enum err flow_username_password_check(struct flow_call *call)
{
    struct password_attempt t = { .environment = call->flow->environment };

    TRY(require(call, "username", &t.username));
    TRY(require(call, "password", &t.password));
    TRY(password_try(site_of(call->rq), call->rq->arena, &t));
    if (!t.right || !t.user.usable)
        return refuse(call->rq);
    if (t.state.status == PASSWORD_MUST_CHANGE)
        return turn(call, &t.user, FLOW_MUST_CHANGE_PASSWORD);
    if (t.state.status == PASSWORD_HAS_EXPIRED)
        return turn(call, &t.user, FLOW_PASSWORD_EXPIRED);
    return flow_complete(call, &t.user);
}
