/* SPDX-License-Identifier: Apache-2.0 */
/* The flows API: reading a flow, acting on it by media type. */
#include "flow/action.h"

#include "base/clock.h"
#include "base/random.h"
#include "model/session.h"
#include "resource/reply.h"

enum { COOKIE_OCTETS = 32 };

#define IN(status) (1u << (status))

static const struct {
    const char *name;
    unsigned statuses; /* in which it may be done */
    bool shown;        /* as a link */
    flow_action *run;
} actions[] = {
    { "usernamePassword.check", IN(FLOW_USERNAME_PASSWORD_REQUIRED), true, flow_username_password_check },
    { "password.reset", IN(FLOW_MUST_CHANGE_PASSWORD) | IN(FLOW_PASSWORD_EXPIRED), true,
      flow_password_reset },
    { "session.reset",
      IN(FLOW_USERNAME_PASSWORD_REQUIRED) | IN(FLOW_MUST_CHANGE_PASSWORD) | IN(FLOW_PASSWORD_EXPIRED), true,
      flow_session_reset },
};

void flow_write_action_links(struct buf *b, enum flow_status status, struct str self)
{
    for (size_t i = 0; i < LENGTH(actions); i++) {
        if (!actions[i].shown || !(actions[i].statuses & IN(status)))
            continue;
        json_open_member(b, actions[i].name, '{');
        json_add_str(b, "href", self);
        json_close(b, '}');
    }
}

enum err flow_act(struct flow_call *call, struct str name)
{
    for (size_t i = 0; i < LENGTH(actions); i++) {
        if (!str_is(name, actions[i].name))
            continue;
        if (actions[i].statuses & IN(call->flow->status))
            return actions[i].run(call);
        return problem_set(
            call->rq, 400, INVALID_REQUEST,
            STR("The request could not be completed. The flow's status does not allow this action."));
    }
    return problem_set(call->rq, 415, INVALID_REQUEST, STR_NONE);
}

struct completion {
    struct flow_call *call;
    const struct user *user;
    struct sign_on sign_on;
};

/* The user's document tells when and from where they last signed on. */
static enum err note_sign_on(struct tx *tx, const struct completion *k)
{
    struct buf b = buf_make(tx_arena(tx), BUF_NO_LIMIT);
    struct user u;

    TRY(user_read(tx, tx_arena(tx), k->call->flow->environment, k->user->id, &u));
    json_open(&b, '{');
    json_each (m, u.document)
        if (!str_is(m.name, "lastSignOn"))
            json_key_str(&b, m.name), json_write(&b, m.value);
    json_open_member(&b, "lastSignOn", '{');
    json_add_time(&b, "at", k->sign_on.now_ms);
    json_add_str(&b, "remoteIp", k->sign_on.remote_ip);
    json_close(&b, '}');
    json_close(&b, '}');
    TRY(buf_finish(&b, &u.object.document));
    return tx_update(tx, &u.object);
}

static enum err complete_in(struct tx *tx, void *arg)
{
    struct completion *k = arg;
    struct flow f = *k->call->flow;
    struct uuid session;

    TRY(session_sign_on(tx, tx_arena(tx), &k->sign_on, &session));
    f.status = FLOW_COMPLETED;
    f.signed_on_at_s = k->sign_on.now_ms / 1000;
    TRY(uuid_text(k->call->rq->arena, session, &f.session));
    TRY(uuid_text(k->call->rq->arena, k->user->id, &f.user));
    TRY(uuid_text(k->call->rq->arena, secret_id(k->sign_on.cookie), &f.cookie));
    TRY(note_sign_on(tx, k));
    TRY(flow_update(tx, k->call->rq->arena, &f));
    *k->call->flow = f;
    return OK;
}

/* The session that the browser has already, to go on with. */
static enum err current_session(struct flow_call *call, struct uuid *ret)
{
    struct session s;
    struct tx *tx;
    enum err e;

    *ret = (struct uuid){ { 0 } };
    TRY(store_read_begin(site_of(call->rq)->store, call->rq->arena, &tx));
    e = session_find(tx, call->rq->arena, call->flow->environment, flow_session_cookie(call->rq), &s);
    tx_end(tx);
    if (e == OK)
        *ret = s.id;
    return e == NOT_FOUND ? OK : e;
}

enum err flow_complete(struct flow_call *call, const struct user *u)
{
    struct completion k = { .call = call, .user = u };
    struct sign_on *s = &k.sign_on;

    *s = (struct sign_on){
        .environment = call->flow->environment,
        .user = u->id,
        .policy = call->flow->policy_name,
        .remote_ip = call->rq->remote_ip,
        .user_agent = str_slice(http_header(call->rq, "User-Agent"), 0, 256),
        .now_ms = clock_now_ms(),
    };
    if (!str_is_utf8(s->user_agent))
        s->user_agent = STR("");
    TRY(current_session(call, &s->session));
    TRY(random_text(call->rq->arena, COOKIE_OCTETS, &s->cookie));
    TRY(store_write(site_of(call->rq)->store, complete_in, &k));
    return flow_set_session_cookie(call->rq, call->rs, call->flow->environment, s->cookie);
}

static enum err flow_of_path(struct http_request *rq, struct flow *ret)
{
    struct uuid environment;

    if (uuid_parse(rq->params[0], &environment) != OK)
        return problem_not_found(rq);
    /* an administrator's token has no place here (reference: step notes) */
    if (!str_is_none(http_header(rq, "Authorization"))) {
        (void)problem_set(rq, 401, ACCESS_FAILED, STR_NONE);
        return problem_detail(rq, INVALID_TOKEN, STR_NONE, STR("The flows API takes no access token."));
    }
    TRY(flow_of_request(rq, environment, rq->params[1], ret));
    return flow_set_cors(rq, ret);
}

static enum err answer(struct http_request *rq, struct http_response *rs, const struct flow *f)
{
    struct str body;

    TRY(flow_write(rq, f, STR_NONE, &body));
    reply_body(rq, rs, 200, body);
    return OK;
}

static enum err flow_get(struct http_request *rq, struct http_response *rs)
{
    struct flow f;

    TRY(flow_of_path(rq, &f));
    return answer(rq, rs, &f);
}

static enum err read_body(struct http_request *rq, const struct json **ret)
{
    struct json_fault fault;
    enum err e = json_parse(rq->arena, rq->body.len ? rq->body : STR("{}"), &fault, ret);

    if (e == OK && json_kind(*ret) == JSON_OBJECT)
        return OK;
    return e == NO_MEMORY ? e : problem_set(rq, 400, INVALID_REQUEST, STR_NONE);
}

/* "application/vnd.pingidentity.usernamePassword.check+json" -> "usernamePassword.check"; letters' case is
 * the action's own, so the header is read as it came. */
static struct str action_name(const struct http_request *rq)
{
    static const struct str prefix = { "application/vnd.pingidentity.", 29 };
    struct str type = http_header(rq, "Content-Type");

    type = str_trim(str_slice(type, 0, str_index(type, ';')));
    if (!str_is_nocase(str_slice(type, 0, prefix.len), prefix.p))
        return STR("");
    type = str_slice(type, prefix.len, type.len);
    return str_ends(type, STR("+json")) ? str_slice(type, 0, type.len - 5) : type;
}

static enum err flow_post(struct http_request *rq, struct http_response *rs)
{
    struct flow f;
    struct flow_call call = { .rq = rq, .rs = rs, .flow = &f };

    TRY(flow_of_path(rq, &f));
    TRY(read_body(rq, &call.body));
    TRY(flow_act(&call, action_name(rq)));
    return answer(rq, rs, &f);
}

/* A browser asks before its script may act; who may is the client's to say. Of a flow that is gone any script
 * may hear. */
static enum err flow_preflight(struct http_request *rq, struct http_response *rs)
{
    struct flow f;
    enum err e = flow_of_path(rq, &f);

    if (e != OK && e != FAILED)
        return e;
    rs->status = 204;
    TRY(http_add_header(rs, "Allow", STR("GET, HEAD, POST, OPTIONS")));
    if (rq->cors == CORS_NONE)
        return OK;
    return http_add_header(rs, "Access-Control-Allow-Methods", STR("GET, POST"));
}

const struct route flow_routes[] = {
    { .method = HTTP_OPTIONS,
      .pattern = "/{environment}/flows/{flow}",
      .cost = COST_WORK,
      .cors = CORS_ANY_ORIGIN,
      .handle = flow_preflight,
      .fail = reply_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/flows/{flow}",
      .cost = COST_WORK,
      .cors = CORS_ANY_ORIGIN,
      .handle = flow_get,
      .fail = reply_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/flows/{flow}",
      .cost = COST_WORK,
      .cors = CORS_ANY_ORIGIN,
      .body_max_bytes = 64 * 1024,
      .handle = flow_post,
      .fail = reply_failure },
    { .pattern = NULL },
};
