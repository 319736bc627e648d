/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back from a completed flow to the client. It takes the session cookie that the flow's completing
 * step set: otherwise a victim who signs on at an attacker's flow would hand the code over. Once only.
 */
#include "base/clock.h"
#include "base/random.h"
#include "oauth/authorize.h"
#include "oauth/token.h"
#include "page/page.h"
#include "resource/reply.h"
#include "json/json.h"

enum { CODE_OCTETS = 32 };

struct finish {
    const struct flow *flow;
    struct str code;
    struct authorization_code kept;
};

static enum err finish_in(struct tx *tx, void *arg)
{
    struct finish *f = arg;

    if (!uuid_is_nil(f->flow->id)) {
        enum err e = flow_delete(tx, f->flow);

        if (e != OK)
            return e; /* NOT_FOUND: somebody else resumed it */
    }
    return code_keep(tx, f->flow->environment, f->code, &f->kept);
}

static enum err describe_code(const struct flow *flow, struct authorization_code *c)
{
    *c = (struct authorization_code){
        .authorization = { .id = uuid_v4(),
                           .scope = flow->scope,
                           .issuer = flow->issuer,
                           .nonce = flow->nonce,
                           .acr = flow->policy_name,
                           .signed_on_at_s = flow->signed_on_at_s },
        .client = flow->client,
        .redirect_uri = flow->redirect_uri,
        .code_challenge = flow->code_challenge,
        .code_challenge_method = flow->code_challenge_method,
        .registered_redirect = flow->registered_redirect,
    };
    if (uuid_parse(flow->user, &c->authorization.user) != OK ||
        uuid_parse(flow->session, &c->authorization.session) != OK)
        return CORRUPT;
    return OK;
}

static enum err answer_in_flow(struct http_request *rq, struct http_response *rs, const struct flow *flow,
                               struct str code)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct str response, body;

    json_open(&b, '{');
    json_add_str(&b, "code", code);
    if (!str_is_none(flow->state))
        json_add_str(&b, "state", flow->state);
    json_close(&b, '}');
    TRY(buf_finish(&b, &response));
    TRY(flow_write(rq, flow, response, &body));
    reply_body(rq, rs, 200, body);
    return OK;
}

enum err authorize_finish(struct http_request *rq, struct http_response *rs, const struct flow *flow)
{
    struct finish f = { .flow = flow };
    struct answer a = { .n = 0 };
    enum err e;

    TRY(random_text(rq->arena, CODE_OCTETS, &f.code));
    TRY(describe_code(flow, &f.kept));
    e = store_write(site_of(rq)->store, finish_in, &f);
    if (e == NOT_FOUND)
        return problem_not_found(rq);
    TRY(e);
    if (str_is(flow->response_mode, "pi.flow"))
        return answer_in_flow(rq, rs, flow, f.code);
    answer_add(&a, "code", f.code);
    answer_add(&a, "state", flow->state);
    return redirect_answer(rq, rs, flow->redirect_uri, flow->response_mode, &a);
}

/* A browser that is not done goes back to its page, a program gets the flow as it is. */
static enum err answer_unfinished(struct http_request *rq, struct http_response *rs, const struct flow *flow,
                                  struct str flow_id)
{
    struct str text;

    if (str_is(flow->response_mode, "pi.flow")) {
        TRY(flow_write(rq, flow, STR_NONE, &text));
        reply_body(rq, rs, 200, text);
        return OK;
    }
    TRY(str_printf(rq->arena, &text, "%.*s://%.*s/%.*s/signon/?flowId=%.*s", STR_FMT(rq->scheme),
                   STR_FMT(rq->authority), STR_FMT(rq->params[0]), STR_FMT(flow_id)));
    rs->status = 302;
    return http_add_header(rs, "Location", text);
}

static bool has_cookie_of(const struct http_request *rq, const struct flow *flow)
{
    struct str cookie = flow_session_cookie(rq);
    struct uuid id;

    return cookie.len && uuid_parse(flow->cookie, &id) == OK && uuid_eq(secret_id(cookie), id);
}

enum err oauth_resume(struct http_request *rq, struct http_response *rs)
{
    const struct environment *e;
    struct str flow_id;
    struct flow flow;

    TRY(oauth_environment(rq, &e));
    TRY(http_query(rq, "flowId", &flow_id));
    if (!flow_id.len)
        return problem_detail(rq, REQUIRED_VALUE, STR("flowId"), STR("The flowId is missing."));
    TRY(flow_of_request(rq, e->id, flow_id, &flow));
    TRY(flow_set_cors(rq, &flow));
    if (flow.status != FLOW_COMPLETED)
        return answer_unfinished(rq, rs, &flow, flow_id);
    if (!has_cookie_of(rq, &flow))
        return problem_detail(rq, INVALID_VALUE, STR("ST"),
                              STR("The session cookie is not the one that completed this sign-on."));
    return authorize_finish(rq, rs, &flow);
}

static bool is_pi_flow(struct http_request *rq)
{
    struct http_form f;

    return http_form_parse(rq->arena, rq->method == HTTP_POST ? rq->body : rq->query, &f) == OK &&
           str_is(http_form_get(&f, "response_mode"), "pi.flow");
}

/* Programs ask for JSON or for pi.flow; browsers name text/html. */
static bool wants_page(struct http_request *rq)
{
    struct str accept = http_header(rq, "Accept"), part;

    if (is_pi_flow(rq))
        return false;
    while (str_next(&accept, ',', &part))
        if (str_is_nocase(str_trim(str_slice(part, 0, str_index(part, ';'))), "text/html"))
            return true;
    return false;
}

void oauth_page_failure(struct http_request *rq, struct http_response *rs)
{
    if (!wants_page(rq) || page_error(rq, rs) != OK)
        reply_failure(rq, rs);
}
