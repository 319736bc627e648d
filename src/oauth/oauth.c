/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and errors of the authorization server. */
#include "oauth/oauth.h"

#include "resource/reply.h"
#include "json/json.h"

enum err oauth_refuse(struct http_request *rq, int status, const char *error, const char *description)
{
    (void)problem_set(rq, status, INVALID_REQUEST, str_from(description));
    rq->problem.error = str_from(error);
    return FAILED;
}

/* What failed without an OAuth error of its own. */
static const char *error_for(int status)
{
    if (status == 401)
        return "invalid_client";
    if (status == 503)
        return "temporarily_unavailable";
    return status >= 500 ? "server_error" : "invalid_request";
}

static struct str description_of(const struct problem *p)
{
    if (!str_is_none(p->message))
        return p->message;
    if (p->details_n)
        return p->details[0].message;
    if (p->status == 404)
        return STR("There is no such environment.");
    return p->status >= 500 ? STR("The server cannot answer now.") : STR("The request is malformed.");
}

void oauth_failure(struct http_request *rq, struct http_response *rs)
{
    const struct problem *p = &rq->problem;
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct str text;

    if (str_printf(rq->arena, &text, "%.*s (Correlation ID: %.*s)", STR_FMT(description_of(p)),
                   STR_FMT(rq->correlation_id)) != OK)
        text = STR("");
    json_open(&b, '{');
    json_add_str(&b, "error", p->error.len ? p->error : str_from(error_for(p->status)));
    json_add_str(&b, "error_description", text);
    json_close(&b, '}');
    if (buf_finish(&b, &text) != OK)
        text = STR("{\"error\":\"server_error\"}");
    oauth_reply(rs, text);
    rs->status = p->status;
    if (p->status == 401)
        (void)!http_add_header(rs, "WWW-Authenticate", STR("Basic realm=\"Latchkey\""));
}

void oauth_reply(struct http_response *rs, struct str body)
{
    rs->status = 200;
    rs->content_type = STR("application/json;charset=UTF-8");
    rs->body = body;
}

enum err oauth_environment(struct http_request *rq, const struct environment **ret)
{
    struct uuid id;
    enum err e;

    if (uuid_parse(rq->params[0], &id) != OK)
        return problem_not_found(rq);
    e = environment_get(site_of(rq), rq->arena, id, ret);
    return e == NOT_FOUND ? problem_not_found(rq) : e;
}

enum err oauth_issuer(struct http_request *rq, const struct environment *e, struct str *ret)
{
    const struct str parts[] = { rq->scheme, STR("://"), rq->authority, STR("/"), e->text, STR("/as") };

    return str_join(rq->arena, parts, LENGTH(parts), ret);
}

struct str oauth_parameter(const struct oauth_request *o, const char *name)
{
    struct str value = http_form_get(&o->form, name);

    return value.len ? value : STR_NONE;
}

static enum err refuse_twins(struct http_request *rq, const struct http_form *f)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = i + 1; k < f->n; k++)
            if (str_eq(f->fields[i].name, f->fields[k].name))
                return oauth_refuse(rq, 400, "invalid_request", "A parameter stands more than once.");
    return OK;
}

/* Without an environment in the path it is found by the client id (reference: how clients reach the server).
 */
static enum err find_environment(struct oauth_request *o)
{
    struct http_request *rq = o->rq;
    struct str client_id = http_form_get(&o->form, "client_id"), name, password;
    struct uuid id;
    enum err e;

    if (!str_is_none(rq->params[0]))
        return oauth_environment(rq, &o->environment);
    e = http_basic(rq, &name, &password);
    if (e == NO_MEMORY)
        return e;
    if (e == OK)
        client_id = name;
    if (!client_id.len)
        return oauth_refuse(rq, 401, "invalid_client", "Client authentication failed.");
    e = application_environment(o->site, rq->arena, client_id, &id);
    if (e == OK)
        e = environment_get(o->site, rq->arena, id, &o->environment);
    return e == NOT_FOUND ? oauth_refuse(rq, 401, "invalid_client", "Client authentication failed.") : e;
}

enum err oauth_begin(struct http_request *rq, struct oauth_request *ret)
{
    struct oauth_request o = { .rq = rq, .site = site_of(rq) };
    enum err e = http_form_parse(rq->arena, rq->body, &o.form);

    if (e == INVALID)
        return oauth_refuse(rq, 400, "invalid_request", "The form is malformed.");
    TRY(e);
    TRY(refuse_twins(rq, &o.form));
    TRY(find_environment(&o));
    TRY(oauth_issuer(rq, o.environment, &o.issuer));
    *ret = o;
    return OK;
}

#define FORM "application/x-www-form-urlencoded"

const struct route oauth_routes[] = {
    { .method = HTTP_GET,
      .pattern = "/{environment}/as/authorize",
      .cost = COST_WORK,
      .handle = oauth_authorize_get,
      .fail = oauth_page_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/as/authorize",
      .media = FORM,
      .cost = COST_WORK,
      .body_max_bytes = 64 * 1024,
      .handle = oauth_authorize_post,
      .fail = oauth_page_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/as/resume",
      .cost = COST_WORK,
      .handle = oauth_resume,
      .fail = oauth_page_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/as/token",
      .media = FORM,
      .cost = COST_SIGNATURE,
      .cors = CORS_ANY_ORIGIN,
      .body_max_bytes = 64 * 1024,
      .handle = oauth_token,
      .fail = oauth_failure },
    { .method = HTTP_POST,
      .pattern = "/as/token",
      .media = FORM,
      .cost = COST_SIGNATURE,
      .cors = CORS_ANY_ORIGIN,
      .body_max_bytes = 64 * 1024,
      .handle = oauth_token,
      .fail = oauth_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/as/introspect",
      .media = FORM,
      .cost = COST_INLINE,
      .body_max_bytes = 64 * 1024,
      .handle = oauth_introspect,
      .fail = oauth_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/as/revoke",
      .media = FORM,
      .cost = COST_WORK,
      .cors = CORS_ANY_ORIGIN,
      .body_max_bytes = 64 * 1024,
      .handle = oauth_revoke,
      .fail = oauth_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/as/userinfo",
      .cost = COST_WORK,
      .cors = CORS_ANY_ORIGIN,
      .handle = oauth_userinfo,
      .fail = reply_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/as/userinfo",
      .cost = COST_WORK,
      .cors = CORS_ANY_ORIGIN,
      .body_max_bytes = 64 * 1024,
      .handle = oauth_userinfo,
      .fail = reply_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/as/jwks",
      .cost = COST_INLINE,
      .cors = CORS_ANY_ORIGIN,
      .handle = oauth_jwks,
      .fail = oauth_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/as/.well-known/openid-configuration",
      .cost = COST_INLINE,
      .cors = CORS_ANY_ORIGIN,
      .handle = oauth_discovery,
      .fail = oauth_failure },
    { .method = HTTP_GET,
      .pattern = "/{environment}/as/signoff",
      .cost = COST_WORK,
      .handle = oauth_signoff,
      .fail = oauth_page_failure },
    { .method = HTTP_POST,
      .pattern = "/{environment}/as/signoff",
      .media = FORM,
      .cost = COST_WORK,
      .body_max_bytes = 64 * 1024,
      .handle = oauth_signoff,
      .fail = oauth_page_failure },
    { .pattern = NULL },
};
