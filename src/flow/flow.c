/* SPDX-License-Identifier: Apache-2.0 */
/* Flows in the store, and as JSON. */
#include "flow/flow.h"

#include "base/clock.h"
#include "flow/action.h"
#include "model/application.h"
#include "model/session.h"

#include <stddef.h>

static const struct str flow_type = { "flow", 4 };

static const char *const status_names[FLOW_STATUSES] = {
    [FLOW_USERNAME_PASSWORD_REQUIRED] = "USERNAME_PASSWORD_REQUIRED",
    [FLOW_MUST_CHANGE_PASSWORD] = "MUST_CHANGE_PASSWORD",
    [FLOW_PASSWORD_EXPIRED] = "PASSWORD_EXPIRED",
    [FLOW_COMPLETED] = "COMPLETED",
};

/* The texts of a flow, by name. */
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    { "client", offsetof(struct flow, client) },
    { "redirectUri", offsetof(struct flow, redirect_uri) },
    { "responseMode", offsetof(struct flow, response_mode) },
    { "scope", offsetof(struct flow, scope) },
    { "state", offsetof(struct flow, state) },
    { "nonce", offsetof(struct flow, nonce) },
    { "codeChallenge", offsetof(struct flow, code_challenge) },
    { "codeChallengeMethod", offsetof(struct flow, code_challenge_method) },
    { "issuer", offsetof(struct flow, issuer) },
    { "loginHint", offsetof(struct flow, login_hint) },
    { "policy", offsetof(struct flow, policy) },
    { "policyName", offsetof(struct flow, policy_name) },
    { "user", offsetof(struct flow, user) },
    { "session", offsetof(struct flow, session) },
    { "cookie", offsetof(struct flow, cookie) },
    { "pageKey", offsetof(struct flow, page_key) },
};

const char *flow_status_name(enum flow_status status)
{
    return status_names[status];
}

static struct str *text_at(struct flow *f, size_t i)
{
    return (struct str *)(void *)((char *)f + texts[i].offset);
}

static enum err write_document(struct arena *a, struct flow *f, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    json_open(&b, '{');
    json_add_str(&b, "status", str_from(status_names[f->status]));
    json_add_int(&b, "createdAt", f->created_at_ms);
    json_add_int(&b, "signedOnAt", f->signed_on_at_s);
    json_add_bool(&b, "registeredRedirect", f->registered_redirect);
    for (size_t i = 0; i < LENGTH(texts); i++)
        if (!str_is_none(*text_at(f, i)))
            json_add_str(&b, texts[i].name, *text_at(f, i));
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

static enum err read_document(struct arena *a, struct flow *f)
{
    const struct json *d;

    TRY(json_parse_stored(a, f->object.document, &d));
    for (enum flow_status s = 0; s < FLOW_STATUSES; s++)
        if (str_is(json_path_str(d, "status"), status_names[s]))
            f->status = s;
    f->created_at_ms = json_int(json_get(d, "createdAt"), 0);
    f->signed_on_at_s = json_int(json_get(d, "signedOnAt"), 0);
    f->registered_redirect = json_is_true(json_get(d, "registeredRedirect"));
    for (size_t i = 0; i < LENGTH(texts); i++)
        *text_at(f, i) = json_path_str(d, texts[i].name);
    return OK;
}

enum err flow_create(struct tx *tx, struct flow *f)
{
    int64_t now = clock_now_ms();

    f->created_at_ms = now;
    f->expires_at_ms = now + FLOW_S * 1000;
    f->object = (struct object){
        .environment = f->environment, .type = flow_type, .id = f->id, .expires_at_ms = f->expires_at_ms
    };
    TRY(write_document(tx_arena(tx), f, &f->object.document));
    return tx_insert(tx, &f->object);
}

enum err flow_read(struct tx *tx, struct arena *a, struct uuid environment, struct uuid id, struct flow *ret)
{
    struct flow f = { .environment = environment, .id = id };

    TRY(tx_get(tx, a, environment, flow_type, id, &f.object));
    TRY(read_document(a, &f));
    f.expires_at_ms = f.object.expires_at_ms;
    *ret = f;
    return OK;
}

enum err flow_update(struct tx *tx, struct arena *a, struct flow *f)
{
    f->expires_at_ms = clock_now_ms() + FLOW_S * 1000;
    f->object.expires_at_ms = f->expires_at_ms;
    TRY(write_document(a, f, &f->object.document));
    TRY(tx_update(tx, &f->object));
    f->object.version++;
    return OK;
}

enum err flow_delete(struct tx *tx, const struct flow *f)
{
    return tx_delete(tx, f->environment, flow_type, f->id);
}

enum err flow_of_request(struct http_request *rq, struct uuid environment, struct str id, struct flow *ret)
{
    struct uuid flow;
    struct tx *tx;
    enum err e;

    if (uuid_parse(id, &flow) != OK)
        return problem_not_found(rq);
    TRY(store_read_begin(site_of(rq)->store, rq->arena, &tx));
    e = environment_require(tx, rq->arena, environment);
    if (e == OK)
        e = flow_read(tx, rq->arena, environment, flow, ret);
    tx_end(tx);
    return e == NOT_FOUND ? problem_not_found(rq) : e;
}

static void add_link(struct buf *b, const char *relation, struct str href)
{
    json_open_member(b, relation, '{');
    json_add_str(b, "href", href);
    json_close(b, '}');
}

/* Every action that may come next is a link whose relation is its name and whose address is the flow's. */
static enum err write_links(struct buf *b, const struct flow *f, struct str base, struct str self)
{
    char id[UUID_TEXT_LENGTH + 1];
    struct str page;

    uuid_format(f->id, id);
    TRY(str_printf(b->arena, &page, "%.*s/signon/?flowId=%s", STR_FMT(base), id));
    json_open_member(b, "_links", '{');
    add_link(b, "self", self);
    flow_write_action_links(b, f->status, self);
    if (f->status != FLOW_COMPLETED)
        add_link(b, "signOnPage", page);
    json_close(b, '}');
    return OK;
}

static enum err write_user(struct buf *b, struct http_request *rq, const struct flow *f)
{
    struct user u;
    struct uuid id;
    struct tx *tx;
    enum err e;

    if (f->status != FLOW_COMPLETED || uuid_parse(f->user, &id) != OK)
        return OK;
    TRY(store_read_begin(site_of(rq)->store, rq->arena, &tx));
    e = user_read(tx, rq->arena, f->environment, id, &u);
    tx_end(tx);
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    json_open_member(b, "user", '{');
    json_add_str(b, "id", f->user);
    json_add(b, "username", json_get(u.document, "username"));
    if (json_get(u.document, "name"))
        json_add(b, "name", json_get(u.document, "name"));
    json_close(b, '}');
    return OK;
}

static enum err write_embedded(struct buf *b, struct http_request *rq, const struct flow *f)
{
    const struct application *app;
    struct uuid client;
    enum err e = uuid_parse(f->client, &client);

    json_open_member(b, "_embedded", '{');
    TRY(write_user(b, rq, f));
    if (e == OK)
        e = application_get(site_of(rq), rq->arena, f->environment, client, &app);
    if (e != OK && e != INVALID && e != NOT_FOUND)
        return e;
    if (e == OK) {
        json_open_member(b, "application", '{');
        json_add_str(b, "name", app->name);
        json_close(b, '}');
    }
    json_close(b, '}');
    return OK;
}

enum err flow_write(struct http_request *rq, const struct flow *f, struct str authorize_response,
                    struct str *ret)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    char id[UUID_TEXT_LENGTH + 1], environment[UUID_TEXT_LENGTH + 1];
    struct str base, self, resume;

    uuid_format(f->id, id);
    uuid_format(f->environment, environment);
    TRY(str_printf(rq->arena, &base, "%.*s://%.*s/%s", STR_FMT(rq->scheme), STR_FMT(rq->authority),
                   environment));
    TRY(str_printf(rq->arena, &self, "%.*s/flows/%s", STR_FMT(base), id));
    TRY(str_printf(rq->arena, &resume, "%.*s/as/resume?flowId=%s", STR_FMT(base), id));
    json_open(&b, '{');
    TRY(write_links(&b, f, base, self));
    json_add_str(&b, "id", str_from(id));
    buf_printf(&b, ",\"environment\":{\"id\":\"%s\"}", environment);
    if (f->session.len)
        buf_printf(&b, ",\"session\":{\"id\":\"%.*s\"}", STR_FMT(f->session));
    json_add_str(&b, "resumeUrl", resume);
    json_add_str(&b, "status", str_from(status_names[f->status]));
    json_add_time(&b, "createdAt", f->created_at_ms);
    json_add_time(&b, "expiresAt", f->expires_at_ms);
    if (authorize_response.len)
        json_add_raw(&b, "authorizeResponse", authorize_response);
    TRY(write_embedded(&b, rq, f));
    json_close(&b, '}');
    buf_add_char(&b, '\n');
    return buf_finish(&b, ret);
}

enum err flow_set_cors(struct http_request *rq, const struct flow *f)
{
    const struct application *client;
    struct uuid id;
    enum err e;

    if (str_is_none(http_header(rq, "Origin")) || uuid_parse(f->client, &id) != OK)
        return OK;
    e = application_get(site_of(rq), rq->arena, f->environment, id, &client);
    if (e != OK)
        return e == NOT_FOUND ? OK : e;
    rq->cors = application_cors(client, rq);
    rq->hides_cookies = http_is_cross_origin(rq) && rq->cors != CORS_THIS_ORIGIN;
    return OK;
}

struct str flow_session_cookie(const struct http_request *rq)
{
    struct str cookie = http_cookie(rq, "ST");

    if (rq->hides_cookies)
        return STR_NONE;
    return cookie.len ? cookie : http_cookie(rq, "ST-NO-SS");
}

static enum err set_cookie(struct http_request *rq, struct http_response *rs, const char *name,
                           struct str value, const char *attributes)
{
    struct str text;

    TRY(str_printf(rq->arena, &text, "%s=%.*s; %s", name, STR_FMT(value), attributes));
    return http_add_header(rs, "Set-Cookie", text);
}

enum err flow_set_session_cookie(struct http_request *rq, struct http_response *rs, struct uuid environment,
                                 struct str value)
{
    char id[UUID_TEXT_LENGTH + 1];
    struct str common;
    bool tls = str_is(rq->scheme, "https");

    uuid_format(environment, id);
    TRY(str_printf(rq->arena, &common, "Path=/%s; HttpOnly%s%s", id, tls ? "; Secure" : "",
                   str_is_none(value) ? "; Max-Age=0" : ""));
    if (tls)
        TRY(set_cookie(rq, rs, "ST-NO-SS", value, common.p));
    TRY(str_printf(rq->arena, &common, "%.*s; SameSite=%s", STR_FMT(common), tls ? "None" : "Lax"));
    return set_cookie(rq, rs, "ST", value, common.p);
}

/* secondsSince the last sign-on with a password, greater than N: then the action runs. */
static bool action_runs(const struct sign_on_action *a, int64_t signed_on_at_ms, int64_t now_ms)
{
    int64_t limit;

    if (!a->condition)
        return false; /* without a condition a session is enough */
    limit = json_int(json_get(a->condition, "greater"), 0);
    return now_ms - signed_on_at_ms > limit * 1000;
}

bool policy_is_satisfied(const struct sign_on_policy *p, int64_t signed_on_at_ms, int64_t now_ms)
{
    for (size_t i = 0; i < p->actions_n; i++)
        if (action_runs(&p->actions[i], signed_on_at_ms, now_ms))
            return false;
    return true;
}
