/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hosted sign-on page: a flow driven by forms. The page is shown only to the browser that was sent to it
 * (its flow cookie), and a form is taken only with the token that the page gave it: nobody signs a victim on
 * to a flow of their own.
 */
#include "base/embedded.h"
#include "base/encoding.h"
#include "crypto/digest.h"
#include "flow/action.h"
#include "page/page.h"

struct visit {
    struct http_request *rq;
    struct http_response *rs;
    struct flow flow;
    struct str environment, flow_id, token;
    struct http_form form; /* of a POST */
    struct str message;    /* what went wrong with the last try */
    int status;            /* 0: all that is to be said stands on the page */
};

static enum err cookie_name(struct arena *a, struct str flow, struct str *ret)
{
    return str_printf(a, ret, "FLOW-%.*s", STR_FMT(flow));
}

enum err page_set_flow_cookie(struct http_request *rq, struct http_response *rs, struct str environment,
                              struct str flow, struct str value)
{
    struct str name, text;

    TRY(cookie_name(rq->arena, flow, &name));
    TRY(str_printf(rq->arena, &text, "%.*s=%.*s; Path=/%.*s/signon; HttpOnly; SameSite=Lax; Max-Age=%d%s",
                   STR_FMT(name), STR_FMT(value), STR_FMT(environment), FLOW_S,
                   str_is(rq->scheme, "https") ? "; Secure" : ""));
    return http_add_header(rs, "Set-Cookie", text);
}

static enum err refuse(struct visit *v)
{
    return problem_set(v->rq, 400, INVALID_REQUEST, STR("This page was not opened by this browser."));
}

/* The cookie proves that this browser began the flow; the form's token is made of it. */
static enum err check_cookie(struct visit *v)
{
    struct str name, value, text;
    struct uuid id;
    struct digest d;

    TRY(cookie_name(v->rq->arena, v->flow_id, &name));
    value = http_cookie(v->rq, name.p);
    if (!value.len || uuid_parse(v->flow.page_key, &id) != OK || !uuid_eq(secret_id(value), id))
        return refuse(v);
    TRY(str_printf(v->rq->arena, &text, "form %.*s %.*s", STR_FMT(value), STR_FMT(v->flow_id)));
    d = sha256(text);
    return base64url_encode(v->rq->arena, digest_str(&d), &v->token);
}

static enum err open_visit(struct visit *v, struct str flow_id)
{
    struct uuid environment;

    if (uuid_parse(v->rq->params[0], &environment) != OK)
        return problem_not_found(v->rq);
    v->environment = v->rq->params[0];
    v->flow_id = flow_id;
    TRY(flow_of_request(v->rq, environment, flow_id, &v->flow));
    return check_cookie(v);
}

static enum err go_on(struct visit *v)
{
    struct str url;

    TRY(str_printf(v->rq->arena, &url, "%.*s://%.*s/%.*s/as/resume?flowId=%.*s", STR_FMT(v->rq->scheme),
                   STR_FMT(v->rq->authority), STR_FMT(v->environment), STR_FMT(v->flow_id)));
    v->rs->status = 303;
    return http_add_header(v->rs, "Location", url);
}

static enum err application_name(struct visit *v, struct str *ret)
{
    const struct application *app;
    struct uuid client;
    enum err e = uuid_parse(v->flow.client, &client);

    if (e == OK)
        e = application_get(site_of(v->rq), v->rq->arena, v->flow.environment, client, &app);
    if (e == OK)
        *ret = app->name;
    return e == INVALID || e == NOT_FOUND ? OK : e;
}

static enum err show(struct visit *v)
{
    bool sign_on = v->flow.status == FLOW_USERNAME_PASSWORD_REQUIRED;
    bool expired = v->flow.status == FLOW_PASSWORD_EXPIRED;
    struct str typed = v->form.n ? http_form_get(&v->form, "username") : v->flow.login_hint;
    struct page_value values[] = {
        { "action", STR_NONE },
        { "application", STR_NONE },
        { "flowId", v->flow_id },
        { "token", v->token },
        { "message", v->message },
        { "username", typed },
        { "reason", expired ? STR("Your password has expired.") : STR("Your password must be changed.") },
    };
    struct page p = { .template = sign_on ? "signon.html" : "password.html",
                      .title = sign_on ? "Sign On" : "Change Password",
                      .status = v->status ? v->status : 200,
                      .environment = v->environment,
                      .form_target = v->flow.redirect_uri,
                      .values = values,
                      .values_n = LENGTH(values) };

    TRY(str_printf(v->rq->arena, &values[0].value, "/%.*s/signon/", STR_FMT(v->environment)));
    TRY(application_name(v, &values[1].value));
    return page_render(v->rq, v->rs, &p);
}

static enum err signon_get(struct http_request *rq, struct http_response *rs)
{
    struct visit v = { .rq = rq, .rs = rs };
    struct str flow_id;

    TRY(http_query(rq, "flowId", &flow_id));
    TRY(open_visit(&v, flow_id));
    return v.flow.status == FLOW_COMPLETED ? go_on(&v) : show(&v);
}

/* The form's fields as the flows API would have them. */
static enum err form_body(struct visit *v, const struct json **ret)
{
    struct buf b = buf_make(v->rq->arena, BUF_NO_LIMIT);
    struct str text;

    json_open(&b, '{');
    for (size_t i = 0; i < v->form.n; i++)
        if (http_form_count(&v->form, v->form.fields[i].name.p) == 1)
            json_key_str(&b, v->form.fields[i].name), json_write_str(&b, v->form.fields[i].value);
    json_close(&b, '}');
    TRY(buf_finish(&b, &text));
    return json_parse(v->rq->arena, text, NULL, ret);
}

/* What a detail says, and behind it what it holds of texts: the rules that a new password breaks. */
static enum err detail_text(struct arena *a, const struct problem_detail *d, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    bool ended = str_ends(d->message, STR("."));
    const struct json *inner;
    struct str text;

    TRY(str_printf(a, &text, "{%.*s}", STR_FMT(d->inner)));
    TRY(json_parse(a, text, NULL, &inner));
    buf_add(&b, d->message);
    json_each (m, inner) {
        if (json_kind(m.value) != JSON_STRING)
            continue;
        buf_add_z(&b, ended ? " " : ". ");
        buf_add(&b, json_str(m.value));
        ended = true;
    }
    return buf_finish(&b, ret);
}

static struct str fault_text(struct arena *a, const struct problem *p)
{
    struct str text;

    if (p->status >= 500)
        return STR("The server is busy. Try again in a moment.");
    if (p->details_n && p->details[0].message.len && detail_text(a, &p->details[0], &text) == OK)
        return text;
    return STR("That did not work. Try again.");
}

static bool passwords_differ(struct visit *v)
{
    return str_is(http_form_get(&v->form, "action"), "password.reset") &&
           !str_eq(http_form_get(&v->form, "newPassword"), http_form_get(&v->form, "verifyPassword"));
}

static enum err act(struct visit *v)
{
    struct flow_call call = { .rq = v->rq, .rs = v->rs, .flow = &v->flow };
    enum err e;

    if (passwords_differ(v)) {
        v->message = STR("The new passwords are not the same.");
        return show(v);
    }
    TRY(form_body(v, &call.body));
    e = flow_act(&call, http_form_get(&v->form, "action"));
    if (e != OK) {
        problem_settle(v->rq, e);
        v->message = fault_text(v->rq->arena, &v->rq->problem);
        v->status = v->rq->problem.status >= 500 ? v->rq->problem.status : 0;
        v->rq->problem = (struct problem){ 0 };
    }
    return v->flow.status == FLOW_COMPLETED ? go_on(v) : show(v);
}

static enum err signon_post(struct http_request *rq, struct http_response *rs)
{
    struct visit v = { .rq = rq, .rs = rs };
    enum err e = http_form_parse(rq->arena, rq->body, &v.form);

    if (e == INVALID)
        return refuse(&v);
    TRY(e);
    TRY(open_visit(&v, http_form_get(&v.form, "flowId")));
    if (!secret_equal(http_form_get(&v.form, "token"), v.token))
        return refuse(&v);
    return v.flow.status == FLOW_COMPLETED ? go_on(&v) : act(&v);
}

static enum err serve_file(struct http_response *rs, const char *name, struct str type)
{
    rs->status = 200;
    rs->content_type = type;
    rs->body = embedded_file(name);
    return http_add_header(rs, "Cache-Control", STR("public, max-age=3600"));
}

static enum err style_get(struct http_request *rq UNUSED, struct http_response *rs)
{
    return serve_file(rs, "page/style.css", STR("text/css;charset=UTF-8"));
}

static enum err script_get(struct http_request *rq UNUSED, struct http_response *rs)
{
    return serve_file(rs, "page/submit.js", STR("text/javascript;charset=UTF-8"));
}

static void signon_failure(struct http_request *rq, struct http_response *rs)
{
    if (page_error(rq, rs) != OK)
        *rs = (struct http_response){ .status = 503,
                                      .content_type = STR("text/plain"),
                                      .body = STR("Memory is short.\n") };
}

const struct route page_routes[] = {
    { .method = HTTP_GET,
      .pattern = "/{environment}/signon/",
      .cost = COST_WORK,
      .handle = signon_get,
      .fail = signon_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/signon/",
      .media = "application/x-www-form-urlencoded",
      .cost = COST_WORK,
      .body_max_bytes = 64 * 1024,
      .handle = signon_post,
      .fail = signon_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/signon/style.css",
      .cost = COST_INLINE,
      .handle = style_get,
      .fail = signon_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/signon/submit.js",
      .cost = COST_INLINE,
      .handle = script_get,
      .fail = signon_failure },
    { .pattern = NULL },
};
