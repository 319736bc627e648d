/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authorization endpoint (RFC 6749 4.1.1, OpenID Connect Core 3.1.2): its checks in the order in which an
 * answer may be given: first what must never redirect, then what goes back to the client.
 */
#include "oauth/authorize.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/random.h"
#include "model/session.h"
#include "oauth/pkce.h"
#include "oauth/scopes.h"
#include "page/page.h"
#include "resource/reply.h"

/* Before client and redirect URI are known to be good nothing is redirected (RFC 9700 4.11). */
static enum err refuse(struct authorize *z, const char *target, const char *message)
{
    return problem_detail(z->rq, INVALID_VALUE, str_from(target), str_from(message));
}

/* From then on the client hears of it: sets what finish answers with. */
static enum err tell_client(struct authorize *z, const char *error, const char *description)
{
    z->error = str_from(error);
    z->description = str_from(description);
    return FAILED;
}

static struct str parameter(const struct authorize *z, const char *name)
{
    struct str value = http_form_get(&z->form, name);

    return value.len ? value : STR_NONE;
}

static enum err check_twins(struct authorize *z)
{
    for (size_t i = 0; i < z->form.n; i++)
        for (size_t k = i + 1; k < z->form.n; k++)
            if (str_eq(z->form.fields[i].name, z->form.fields[k].name))
                return refuse(z, "request", "A parameter stands more than once.");
    return OK;
}

static enum err check_client(struct authorize *z)
{
    struct uuid id;
    enum err e = NOT_FOUND;

    if (uuid_parse(parameter(z, "client_id"), &id) == OK)
        e = application_get(z->site, z->rq->arena, z->environment->id, id, &z->client);
    if (e == NOT_FOUND || (e == OK && !z->client->enabled))
        return refuse(z, "client_id", "The client is unknown or disabled.");
    return e;
}

/* Only origins that the client lists may read this answer. The session of a script of another one does not
 * count; a form that brings the browser here from another site is no script. */
static void set_cors(struct authorize *z)
{
    struct http_request *rq = z->rq;

    if (z->client->has_cors_settings)
        rq->cors = application_cors(z->client, rq);
    rq->hides_cookies = str_is(parameter(z, "response_mode"), "pi.flow") && http_is_cross_origin(rq) &&
                        rq->cors != CORS_THIS_ORIGIN;
}

/* Without a mode pi.flow needs no redirect URI, or says urn:pingidentity:redirectless. */
static enum err check_redirect_uri(struct authorize *z)
{
    struct str uri = parameter(z, "redirect_uri");

    z->flow.response_mode = parameter(z, "response_mode");
    z->is_pi_flow = str_is(z->flow.response_mode, "pi.flow");
    if (z->is_pi_flow && (str_is_none(uri) || str_is(uri, "urn:pingidentity:redirectless"))) {
        z->flow.redirect_uri = str_is_none(uri) ? STR("") : uri;
        z->flow.registered_redirect = !str_is_none(uri);
        return OK;
    }
    if (str_is_none(uri))
        return refuse(z, "redirect_uri", "The redirect_uri is missing.");
    if (!redirect_is_registered(z->client, z->client->redirect_uris, uri))
        return refuse(z, "redirect_uri", "Redirect URI mismatch");
    z->flow.redirect_uri = uri;
    z->flow.registered_redirect = true;
    z->may_redirect = true;
    return OK;
}

static enum err check_response_mode(struct authorize *z)
{
    static const char *const modes[] = { "query", "fragment", "form_post", "pi.flow" };
    struct str mode = z->flow.response_mode;

    if (str_is_none(mode))
        return OK;
    for (size_t i = 0; i < LENGTH(modes); i++)
        if (str_is(mode, modes[i]))
            return OK;
    z->flow.response_mode = STR_NONE;
    return tell_client(z, "invalid_request", "The response_mode is not supported.");
}

static enum err check_response_type(struct authorize *z)
{
    struct str type = parameter(z, "response_type");

    if (str_is_none(type))
        return tell_client(z, "invalid_request", "The response_type is missing.");
    if (!str_is(type, "code"))
        return tell_client(z, "unsupported_response_type", "The response_type is not supported.");
    if (!(z->client->response_types & RESPONSE_CODE) || !(z->client->grant_types & GRANT_AUTHORIZATION_CODE))
        return tell_client(z, "unauthorized_client", "The client may not use this response_type.");
    return OK;
}

static enum err check_unsupported(struct authorize *z)
{
    if (!str_is_none(parameter(z, "request")))
        return tell_client(z, "request_not_supported", "Request objects are not supported.");
    if (!str_is_none(parameter(z, "request_uri")))
        return tell_client(z, "request_uri_not_supported", "Request URIs are not supported.");
    return OK;
}

static enum err check_scope(struct authorize *z)
{
    struct str requested = parameter(z, "scope");
    struct scopes scopes;
    const char *fault;
    enum err e = scopes_resolve(z->rq->arena, z->environment, z->client, requested.p ? requested : STR(""),
                                &scopes, &fault);

    if (e == INVALID)
        return tell_client(z, "invalid_scope", fault);
    TRY(e);
    z->flow.scope = scopes.granted;
    return OK;
}

/* PKCE is required of clients that do not authenticate (RFC 9700 2.1.1), and as the application says. */
static enum err check_pkce(struct authorize *z)
{
    struct str challenge = parameter(z, "code_challenge"), method = parameter(z, "code_challenge_method");
    bool required = z->client->pkce != PKCE_OPTIONAL || z->client->authentication == AUTH_NONE;

    if (str_is_none(challenge) && (required || !str_is_none(method)))
        return tell_client(z, "invalid_request", "The code_challenge is missing.");
    if (str_is_none(challenge))
        return OK;
    if (!pkce_is_well_formed(challenge))
        return tell_client(z, "invalid_request", "The code_challenge is malformed.");
    if (!str_is_none(method) && !str_is(method, "S256") && !str_is(method, "plain"))
        return tell_client(z, "invalid_request", "The code_challenge_method is not supported.");
    if (z->client->pkce == PKCE_S256_REQUIRED && !str_is(method, "S256"))
        return tell_client(z, "invalid_request", "The code_challenge_method must be S256.");
    z->flow.code_challenge = challenge;
    z->flow.code_challenge_method = method;
    return OK;
}

static enum err check_prompt(struct authorize *z)
{
    struct str rest = parameter(z, "prompt"), word, max_age = parameter(z, "max_age");

    while (str_next(&rest, ' ', &word)) {
        z->prompt_none = z->prompt_none || str_is(word, "none");
        z->prompt_login = z->prompt_login || str_is(word, "login");
    }
    if (z->prompt_none && z->prompt_login)
        return tell_client(z, "invalid_request", "The prompt none stands alone.");
    z->max_age_s = -1;
    if (!str_is_none(max_age) && (str_int(max_age, &z->max_age_s) != OK || z->max_age_s < 0))
        return tell_client(z, "invalid_request", "The max_age is not a number of seconds.");
    return OK;
}

static bool is_assigned(const struct authorize *z, const struct sign_on_policy *p)
{
    for (size_t i = 0; i < z->client->policies_n; i++)
        if (uuid_eq(z->client->policies[i].policy, p->id))
            return true;
    /* where nothing is assigned the environment's default is in force */
    return z->client->policies_n == 0 && p == z->environment->default_policy;
}

/* acr_values names policies in order of preference, all of them assigned (reference: authorize parameters).
 */
static enum err choose_by_acr(struct authorize *z, struct str acr_values)
{
    struct str name;

    while (str_next(&acr_values, ' ', &name)) {
        const struct sign_on_policy *p = environment_policy_named(z->environment, name);

        if (!name.len)
            continue;
        if (!p || !is_assigned(z, p))
            return tell_client(z, "invalid_request",
                               "A policy of acr_values is not assigned to the application.");
        if (!z->policy)
            z->policy = p;
    }
    return OK;
}

static enum err choose_policy(struct authorize *z)
{
    struct str acr_values = parameter(z, "acr_values");

    if (!str_is_none(acr_values))
        TRY(choose_by_acr(z, acr_values));
    z->acr_asked = z->policy != NULL;
    for (size_t i = 0; i < z->client->policies_n && !z->policy; i++)
        z->policy = environment_policy(z->environment, z->client->policies[i].policy);
    if (!z->policy)
        z->policy = z->environment->default_policy;
    if (!z->policy || !z->policy->actions_n)
        return tell_client(z, "server_error", "The sign-on policy has no action.");
    z->flow.policy_name = z->policy->name;
    return uuid_text(z->rq->arena, z->policy->id, &z->flow.policy);
}

static enum err take_texts(struct authorize *z)
{
    static const size_t text_max = 4096;

    z->flow.nonce = parameter(z, "nonce");
    z->flow.login_hint = parameter(z, "login_hint");
    if (z->flow.nonce.len > text_max || z->flow.state.len > text_max || z->flow.login_hint.len > text_max)
        return tell_client(z, "invalid_request", "A parameter is too long.");
    return OK;
}

static const struct {
    enum err (*check)(struct authorize *z);
} checks[] = {
    { check_response_mode }, { check_response_type }, { check_unsupported }, { check_scope },
    { check_pkce },          { check_prompt },        { choose_policy },     { take_texts },
};

/* Whether the browser's session is enough: young enough, by the right policy, and its user still may. */
static enum err use_session(struct authorize *z, struct tx *tx, bool *ret)
{
    struct str cookie = flow_session_cookie(z->rq);
    int64_t now = clock_now_ms();
    struct session s;
    struct user user;
    enum err e = z->prompt_login ? NOT_FOUND : session_find(tx, z->rq->arena, z->environment->id, cookie, &s);

    *ret = false;
    if (e == OK)
        e = user_read(tx, z->rq->arena, z->environment->id, s.user, &user);
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    if (!user.usable || !policy_is_satisfied(z->policy, s.signed_on_at_ms, now) ||
        (z->acr_asked && !str_eq(s.policy, z->policy->name)) ||
        (z->max_age_s >= 0 && now - s.signed_on_at_ms > z->max_age_s * 1000))
        return OK;
    z->flow.status = FLOW_COMPLETED;
    z->flow.signed_on_at_s = s.signed_on_at_ms / 1000;
    TRY(uuid_text(z->rq->arena, s.user, &z->flow.user));
    TRY(uuid_text(z->rq->arena, s.id, &z->flow.session));
    TRY(uuid_text(z->rq->arena, secret_id(cookie), &z->flow.cookie));
    *ret = true;
    return OK;
}

static enum err keep_flow(struct tx *tx, void *arg)
{
    return flow_create(tx, arg);
}

/* Where a browser signs on: our page, or the one the application names. */
static enum err page_url(struct authorize *z, struct str flow, struct str *ret)
{
    struct str custom = z->client->login_page_url;

    if (custom.len)
        return str_printf(z->rq->arena, ret, "%.*s%cenvironmentId=%.*s&flowId=%.*s", STR_FMT(custom),
                          str_index(custom, '?') < custom.len ? '&' : '?', STR_FMT(z->environment->text),
                          STR_FMT(flow));
    return str_printf(z->rq->arena, ret, "%.*s://%.*s/%.*s/signon/?flowId=%.*s", STR_FMT(z->rq->scheme),
                      STR_FMT(z->rq->authority), STR_FMT(z->environment->text), STR_FMT(flow));
}

static enum err send_to_page(struct authorize *z, struct http_response *rs, struct str page_cookie)
{
    struct str flow, url;

    TRY(uuid_text(z->rq->arena, z->flow.id, &flow));
    TRY(page_url(z, flow, &url));
    TRY(page_set_flow_cookie(z->rq, rs, z->environment->text, flow, page_cookie));
    rs->status = 302;
    return http_add_header(rs, "Location", url);
}

static enum err begin_flow(struct authorize *z, struct http_response *rs)
{
    struct str page_cookie, body;

    z->flow.id = uuid_v4();
    TRY(random_text(z->rq->arena, 24, &page_cookie));
    TRY(uuid_text(z->rq->arena, secret_id(page_cookie), &z->flow.page_key));
    TRY(store_write(z->site->store, keep_flow, &z->flow));
    if (!z->is_pi_flow)
        return send_to_page(z, rs, page_cookie);
    TRY(flow_write(z->rq, &z->flow, STR_NONE, &body));
    reply_body(z->rq, rs, 200, body);
    return OK;
}

static enum err sign_on_or_finish(struct authorize *z, struct http_response *rs)
{
    struct tx *tx;
    bool enough;

    TRY(store_read_begin(z->site->store, z->rq->arena, &tx));
    TRY(use_session(z, tx, &enough));
    tx_end(tx);
    if (!enough && z->prompt_none)
        return tell_client(z, "login_required", "The user has to sign on.");
    if (enough && !z->is_pi_flow)
        return authorize_finish(z->rq, rs, &z->flow);
    return begin_flow(z, rs);
}

static enum err answer_error(struct authorize *z, struct http_response *rs)
{
    struct answer a = { .n = 0 };

    z->rq->problem = (struct problem){ 0 };
    if (!z->may_redirect || z->is_pi_flow) {
        (void)problem_set(z->rq, 400, INVALID_REQUEST, z->description);
        z->rq->problem.error = z->error;
        return problem_detail(z->rq, INVALID_VALUE, z->error, z->description);
    }
    answer_add(&a, "error", z->error);
    answer_add(&a, "error_description", z->description);
    answer_add(&a, "state", z->flow.state);
    return redirect_answer(z->rq, rs, z->flow.redirect_uri, z->flow.response_mode, &a);
}

static enum err run(struct authorize *z, struct http_response *rs)
{
    for (size_t i = 0; i < LENGTH(checks); i++)
        TRY(checks[i].check(z));
    return sign_on_or_finish(z, rs);
}

static enum err authorize(struct http_request *rq, struct http_response *rs, struct str text)
{
    struct authorize z = { .rq = rq, .site = site_of(rq) };
    enum err e = http_form_parse(rq->arena, text, &z.form);

    if (e == INVALID)
        return problem_set(rq, 400, INVALID_REQUEST, STR_NONE);
    TRY(e);
    TRY(oauth_environment(rq, &z.environment));
    TRY(check_twins(&z));
    TRY(check_client(&z));
    set_cors(&z);
    z.flow.environment = z.environment->id;
    z.flow.client = z.client->client_id;
    z.flow.state = parameter(&z, "state");
    TRY(check_redirect_uri(&z));
    TRY(oauth_issuer(rq, z.environment, &z.flow.issuer));
    e = run(&z, rs);
    return e == FAILED && z.error.len ? answer_error(&z, rs) : e;
}

enum err oauth_authorize_get(struct http_request *rq, struct http_response *rs)
{
    return authorize(rq, rs, rq->query);
}

enum err oauth_authorize_post(struct http_request *rq, struct http_response *rs)
{
    return authorize(rq, rs, rq->body);
}
