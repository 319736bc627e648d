/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets of applications and resources: read, rotate with an overlap, end the overlap. */
#include "platform/common.h"

#include "base/clock.h"
#include "model/secret.h"
#include "resource/operation.h"
#include "resource/target.h"

static enum err write_secret(struct action_call *call, const struct client_secret *s, struct str *ret)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);

    json_add_str(&b, "secret", s->value);
    if (!str_is_none(s->previous) && s->previous_expires_at_ms > clock_now_ms()) {
        json_open_member(&b, "previous", '{');
        json_add_str(&b, "secret", s->previous);
        json_add_time(&b, "expiresAt", s->previous_expires_at_ms);
        json_close(&b, '}');
    }
    return buf_finish(&b, ret);
}

/* Reading a worker's secret lends its roles: the reader must be able to give each of them. */
static enum err check_reader(struct action_call *call)
{
    const struct actor *owner;

    if (!str_is(json_path_str(call->document, "type"), "WORKER"))
        return OK;
    if (uuid_eq(call->actor->client, call->id) && uuid_is_nil(call->actor->user))
        return problem_forbidden(call->rq);
    TRY(actor_load(call->site, call->rq->arena, call->environment, call->id, (struct uuid){ { 0 } }, &owner));
    for (size_t i = 0; i < owner->assignments_n; i++)
        if (!actor_may_assign(call->actor, &owner->assignments[i], call->environment))
            return problem_forbidden(call->rq);
    return OK;
}

enum err secret_read(struct action_call *call, struct http_response *rs)
{
    struct client_secret s;
    struct str members;
    enum err e;

    TRY(check_reader(call));
    e = client_secret_open(call->site, call->rq->arena, &call->object, &s);
    if (e == NOT_FOUND)
        return problem_not_found(call->rq);
    TRY(e);
    TRY(write_secret(call, &s, &members));
    return action_reply(call, rs, "/secret", members);
}

/* When the old secret ends: {"previous": {"expiresAt": time}} in the body, at most 30 days ahead; else at
 * once. */
static enum err read_expiry(struct action_call *call, int64_t *ret)
{
    const int64_t now = clock_now_ms(), longest = INT64_C(30) * 24 * 60 * 60 * 1000;
    const struct json *body;
    struct str text;

    *ret = 0;
    if (!call->rq->body.len)
        return OK;
    TRY(json_parse(call->rq->arena, call->rq->body, NULL, &body));
    text = json_path_str(body, "previous.expiresAt");
    if (!text.len)
        return OK;
    if (clock_parse(text, ret) != OK || *ret <= now || *ret > now + longest)
        return problem_detail(call->rq, INVALID_VALUE, STR("previous.expiresAt"),
                              STR("The time must lie ahead, by at most 30 days."));
    return OK;
}

struct rotation {
    struct action_call *call;
    int64_t expires_at_ms;
    bool forget;
    struct object result;
};

static enum err change_part(struct rotation *r, struct arena *a, const struct object *o, struct str *ret)
{
    enum err e;

    if (!r->forget)
        return client_secret_make(r->call->site, a, o, r->expires_at_ms, ret);
    e = client_secret_forget_previous(a, o, ret);
    return e == NOT_FOUND ? problem_not_found(r->call->rq) : e;
}

static enum err rotate_in(struct tx *tx, void *arg)
{
    struct rotation *r = arg;
    struct action_call *call = r->call;
    struct change c = action_change(call, tx);
    struct object o;

    call->rq->problem = (struct problem){ 0 };
    TRY(target_read(call->target, call->rq, tx, tx_arena(tx), &o));
    if (!o.secret.len)
        return problem_not_found(call->rq);
    TRY(change_part(r, tx_arena(tx), &o, &c.secret));
    TRY(object_amend(&c, &o));
    r->result = o;
    return str_copy(call->rq->arena, o.secret, &r->result.secret);
}

enum err secret_rotate(struct action_call *call, struct http_response *rs)
{
    struct rotation r = { .call = call };
    struct client_secret s;
    struct str members;

    TRY(check_reader(call));
    TRY(read_expiry(call, &r.expires_at_ms));
    TRY(store_write(call->site->store, rotate_in, &r));
    TRY(client_secret_open(call->site, call->rq->arena, &r.result, &s));
    TRY(write_secret(call, &s, &members));
    return action_reply(call, rs, "/secret", members);
}

enum err secret_forget(struct action_call *call, struct http_response *rs)
{
    struct rotation r = { .call = call, .forget = true };

    TRY(store_write(call->site->store, rotate_in, &r));
    rs->status = 204;
    return OK;
}
