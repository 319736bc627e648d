/* SPDX-License-Identifier: Apache-2.0 */
/* Ending the session (OpenID Connect RP-Initiated Logout 1.0), for every application in it. */
#include "crypto/jws.h"
#include "flow/flow.h"
#include "model/keyring.h"
#include "model/session.h"
#include "oauth/oauth.h"
#include "oauth/redirect.h"
#include "page/page.h"

struct signoff {
    struct http_request *rq;
    const struct environment *environment;
    struct http_form form;
    const struct application *client; /* NULL: nobody named */
    struct uuid hinted_user;
};

static enum err refuse(struct signoff *s, const char *target, const char *message)
{
    return problem_detail(s->rq, INVALID_VALUE, str_from(target), str_from(message));
}

static enum err check_hint(struct signoff *s, struct jws *j)
{
    const struct signing_key *signer;

    TRY(keyring_find(site_of(s->rq), s->rq->arena, s->environment->id, j->kid, &signer));
    TRY(jws_verify(s->rq->arena, signer->key, j));
    return uuid_parse(json_path_str(j->payload, "sub"), &s->hinted_user);
}

static enum err read_hint(struct signoff *s, struct str hint, struct str *ret_client)
{
    struct jws j;
    enum err e = jws_parse(s->rq->arena, hint, &j);

    if (e == OK)
        e = check_hint(s, &j);
    if (e == INVALID || e == DENIED || e == NOT_FOUND)
        return refuse(s, "id_token_hint", "The id_token_hint is not valid.");
    TRY(e);
    *ret_client = json_path_str(j.payload, "aud");
    return OK;
}

static enum err find_client(struct signoff *s)
{
    struct str hint = http_form_get(&s->form, "id_token_hint"), client = http_form_get(&s->form, "client_id");
    struct str hinted = STR_NONE;
    struct uuid id;
    enum err e;

    if (hint.len)
        TRY(read_hint(s, hint, &hinted));
    if (hinted.len && client.len && !str_eq(hinted, client))
        return refuse(s, "client_id", "The client_id is not that of the id_token_hint.");
    client = client.len ? client : hinted;
    if (!client.len)
        return OK;
    if (uuid_parse(client, &id) != OK)
        return refuse(s, "client_id", "The client is unknown or disabled.");
    e = application_get(site_of(s->rq), s->rq->arena, s->environment->id, id, &s->client);
    if (e == NOT_FOUND || (e == OK && !s->client->enabled))
        return refuse(s, "client_id", "The client is unknown or disabled.");
    TRY(e);
    s->rq->cors = application_cors(s->client, s->rq);
    return OK;
}

static enum err end_in(struct tx *tx, void *arg)
{
    struct signoff *s = arg;
    struct session session;
    enum err e = session_find(tx, tx_arena(tx), s->environment->id, flow_session_cookie(s->rq), &session);

    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    if (!uuid_is_nil(s->hinted_user) && !uuid_eq(s->hinted_user, session.user))
        return refuse(s, "id_token_hint", "The id_token_hint is of another user.");
    return session_end(tx, s->environment->id, session.id);
}

static enum err answer(struct signoff *s, struct http_response *rs)
{
    struct str uri = http_form_get(&s->form, "post_logout_redirect_uri");
    struct page p = { .template = "signed_off.html",
                      .title = "Signed Off",
                      .status = 200,
                      .environment = s->environment->text };
    struct answer a = { .n = 0 };

    if (!uri.len)
        return page_render(s->rq, rs, &p);
    answer_add(&a, "state", http_form_count(&s->form, "state") ? http_form_get(&s->form, "state") : STR_NONE);
    return redirect_answer(s->rq, rs, uri, STR("query"), &a);
}

static enum err check_redirect(struct signoff *s)
{
    struct str uri = http_form_get(&s->form, "post_logout_redirect_uri");

    if (!uri.len)
        return OK;
    if (!s->client || !redirect_is_registered(s->client, s->client->post_logout_redirect_uris, uri))
        return refuse(s, "post_logout_redirect_uri", "The post_logout_redirect_uri is not registered.");
    return OK;
}

enum err oauth_signoff(struct http_request *rq, struct http_response *rs)
{
    struct signoff s = { .rq = rq };

    TRY(http_form_parse(rq->arena, rq->method == HTTP_POST ? rq->body : rq->query, &s.form));
    TRY(oauth_environment(rq, &s.environment));
    TRY(find_client(&s));
    TRY(check_redirect(&s));
    TRY(store_write(site_of(rq)->store, end_in, &s));
    TRY(flow_set_session_cookie(rq, rs, s.environment->id, STR_NONE));
    return answer(&s, rs);
}
