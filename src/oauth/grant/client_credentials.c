/* SPDX-License-Identifier: Apache-2.0 */
/* A confidential client asks for itself (RFC 6749 4.4). */
#include "model/actor.h"
#include "oauth/token.h"

enum { API_TOKEN_S = 3600 };

/* A worker acts on the management API with its roles; without any it gets no token (reference: roles). */
static enum err worker_answer(struct oauth_request *o, struct token_answer *t)
{
    const struct actor *actor;

    TRY(actor_load(o->site, o->rq->arena, o->environment->id, o->client->id, (struct uuid){ { 0 } }, &actor));
    if (actor->assignments_n == 0)
        return oauth_refuse(o->rq, 400, "unauthorized_client", "The worker has no role.");
    t->for_api = true;
    t->scopes.validity_s = API_TOKEN_S;
    return OK;
}

/* Scopes about users mean nothing here. */
static enum err check_scopes(struct oauth_request *o, const struct scopes *s)
{
    if (s->openid || s->offline_access)
        return oauth_refuse(o->rq, 400, "invalid_scope",
                            "Scopes of a user cannot be granted to a client itself.");
    for (size_t i = 0; i < s->resources_n; i++)
        if (s->resources[i]->type != RESOURCE_CUSTOM)
            return oauth_refuse(o->rq, 400, "invalid_scope",
                                "Scopes of a user cannot be granted to a client itself.");
    if (!s->resources_n)
        return oauth_refuse(o->rq, 400, "invalid_scope", "At least one scope must be granted");
    return OK;
}

enum err grant_client_credentials(struct oauth_request *o, struct http_response *rs)
{
    struct str requested = oauth_parameter(o, "scope");
    struct token_answer t = { .refresh_token = STR_NONE };
    const char *fault = NULL;
    enum err e;

    if (o->client->authentication == AUTH_NONE)
        return oauth_refuse(o->rq, 400, "unauthorized_client", "A public client cannot use this grant type.");
    if (str_is_none(requested) && str_is(o->client->type, "WORKER")) {
        TRY(worker_answer(o, &t));
        return token_answer(o, &t, rs);
    }
    e = str_is_none(requested)
            ? scopes_all(o->rq->arena, o->environment, o->client, &t.scopes, &fault)
            : scopes_resolve(o->rq->arena, o->environment, o->client, requested, &t.scopes, &fault);
    if (e == INVALID)
        return oauth_refuse(o->rq, 400, "invalid_scope", fault);
    TRY(e);
    TRY(check_scopes(o, &t.scopes));
    return token_answer(o, &t, rs);
}
