/* SPDX-License-Identifier: Apache-2.0 */
/* Client authentication. Whether the client exists, and how, is not to be told from reply or time. */
#include "oauth/client_authentication.h"

#include "base/clock.h"
#include "base/encoding.h"

/* What the request carries. */
struct credentials {
    enum client_authentication method;
    struct str id, secret;
};

static enum err refuse(struct oauth_request *o)
{
    return oauth_refuse(o->rq, 401, "invalid_client", "Client authentication failed.");
}

/* Name and password are form-encoded before they are base64-encoded (RFC 6749 2.3.1). */
static enum err decode(struct oauth_request *o, struct str *s)
{
    enum err e = percent_decode(o->rq->arena, *s, true, s);

    return e == INVALID ? refuse(o) : e;
}

static enum err read_basic(struct oauth_request *o, struct credentials *c)
{
    enum err e = http_basic(o->rq, &c->id, &c->secret);

    if (e == INVALID)
        return refuse(o);
    TRY(e);
    c->method = AUTH_CLIENT_SECRET_BASIC;
    TRY(decode(o, &c->id));
    return decode(o, &c->secret);
}

static enum err read_credentials(struct oauth_request *o, struct credentials *c)
{
    struct str id = oauth_parameter(o, "client_id"), secret = oauth_parameter(o, "client_secret");
    enum err e = read_basic(o, c);

    if (e == OK && !str_is_none(secret))
        return oauth_refuse(o->rq, 400, "invalid_request",
                            "Only one way of client authentication may be used.");
    if (e == OK && !str_is_none(id) && !str_eq(id, c->id))
        return oauth_refuse(o->rq, 400, "invalid_request", "The client_id is not the authenticated one.");
    if (e != NOT_FOUND)
        return e;
    if (str_is_none(id))
        return refuse(o);
    *c = (struct credentials){ .method = str_is_none(secret) ? AUTH_NONE : AUTH_CLIENT_SECRET_POST,
                               .id = id,
                               .secret = secret };
    return OK;
}

static enum err find_client(struct oauth_request *o, struct str id, const struct application **ret)
{
    struct uuid client;
    enum err e;

    *ret = NULL;
    if (uuid_parse(id, &client) != OK)
        return OK;
    e = application_get(o->site, o->rq->arena, o->environment->id, client, ret);
    return e == NOT_FOUND ? OK : e;
}

static bool has_secret(struct oauth_request *o, const struct secret_hash *now,
                       const struct secret_hash *before, struct str secret)
{
    int64_t at = clock_now_ms();
    bool current = secret_hash_matches(o->site, now, secret, at);
    bool previous = secret_hash_matches(o->site, before, secret, at);

    return current || previous;
}

static enum err check_client(struct oauth_request *o, const struct credentials *c,
                             const struct application *client)
{
    static const struct secret_hash none;
    bool right =
        has_secret(o, client ? &client->secret : &none, client ? &client->previous_secret : &none, c->secret);

    if (!client || !client->enabled)
        return refuse(o);
    if (client->authentication != c->method)
        return oauth_refuse(o->rq, 401, "invalid_client",
                            "Client authentication failed: Unsupported authentication method");
    if (c->method != AUTH_NONE && !right)
        return refuse(o);
    o->client = client;
    return OK;
}

enum err client_authenticate(struct oauth_request *o)
{
    const struct application *client;
    struct credentials c = { 0 };

    TRY(read_credentials(o, &c));
    TRY(find_client(o, c.id, &client));
    return check_client(o, &c, client);
}

static const struct resource *find_resource(struct oauth_request *o, struct str id)
{
    struct uuid resource;

    return uuid_parse(id, &resource) == OK ? environment_resource(o->environment, resource) : NULL;
}

enum err client_or_resource_authenticate(struct oauth_request *o)
{
    const struct application *client;
    const struct resource *resource;
    struct credentials c = { 0 };

    TRY(read_credentials(o, &c));
    resource = find_resource(o, c.id);
    if (!resource || resource->type != RESOURCE_CUSTOM) {
        TRY(find_client(o, c.id, &client));
        return check_client(o, &c, client);
    }
    if (resource->introspection != c.method || c.method == AUTH_NONE ||
        !has_secret(o, &resource->secret, &resource->previous_secret, c.secret))
        return refuse(o);
    o->resource = resource;
    return OK;
}
