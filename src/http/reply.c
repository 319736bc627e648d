/* SPDX-License-Identifier: Apache-2.0 */
/* Response headers (reference: response headers, CORS). */
#include "http/reply.h"

#include <microhttpd.h>

struct fixed {
    const char *name, *value;
};

static const struct fixed always[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "X-XSS-Protection", "0" },
    { "Vary", "Origin, Accept" },
    { NULL, NULL },
};

/* Unless the handler said otherwise by a Cache-Control of its own. */
static const struct fixed uncached[] = {
    { "Cache-Control", "no-cache, no-store, max-age=0, must-revalidate" },
    { "Pragma", "no-cache" },
    { "Expires", "0" },
    { NULL, NULL },
};

static const struct fixed cors[] = {
    { "Access-Control-Expose-Headers", "Correlation-Id" },
    { NULL, NULL },
};

static const struct fixed preflight[] = {
    { "Access-Control-Allow-Headers", "Accept, Accept-Language, Content-Language, Content-Type, Range, "
                                      "Authorization, Content-Length, Cookie, "
                                      "Correlation-Id, Origin, Origin-Cookies, Referer, Referrer, "
                                      "X-Amz-Date, X-Amz-Security-Token, X-Api-Key, "
                                      "X-client-version, X-Content-Type-Options" },
    { "Access-Control-Max-Age", "3600" },
    { NULL, NULL },
};

static bool has_own(const struct http_response *rs, const char *name)
{
    for (size_t i = 0; i < rs->headers_n; i++)
        if (str_is_nocase(rs->headers[i].name, name))
            return true;
    return false;
}

static bool add_fixed(struct MHD_Response *r, const struct http_response *rs, const struct fixed *f)
{
    for (; f->name; f++)
        if (!has_own(rs, f->name) && MHD_add_response_header(r, f->name, f->value) != MHD_YES)
            return false;
    return true;
}

static bool add(struct MHD_Response *r, struct arena *a, const char *name, struct str value)
{
    char *v = str_z(a, value);

    /* an empty value is not accepted by the library; nobody needs one */
    return v && (!v[0] || MHD_add_response_header(r, name, v) == MHD_YES);
}

static bool add_origin(struct MHD_Response *r, const struct http_request *rq)
{
    static const char name[] = "Access-Control-Allow-Origin";

    if (rq->cors == CORS_ANY_ORIGIN)
        return MHD_add_response_header(r, name, "*") == MHD_YES;
    return add(r, rq->arena, name, http_header(rq, "Origin")) &&
           MHD_add_response_header(r, "Access-Control-Allow-Credentials", "true") == MHD_YES;
}

static bool add_cors(struct MHD_Response *r, struct reply_context *c)
{
    bool asked = c->rq->method == HTTP_OPTIONS && c->rs->status == 204;

    if (c->rq->cors == CORS_NONE || str_is_none(http_header(c->rq, "Origin")))
        return true;
    if (!add_origin(r, c->rq) || !add_fixed(r, c->rs, cors))
        return false;
    return !asked ||
           (add_fixed(r, c->rs, preflight) && add(r, c->rq->arena, "Access-Control-Allow-Methods", c->allow));
}

static bool add_headers(struct MHD_Response *r, struct reply_context *c)
{
    struct arena *a = c->rq->arena;

    if (!add_fixed(r, c->rs, always) || !add_cors(r, c))
        return false;
    if (!has_own(c->rs, "Cache-Control") && !add_fixed(r, c->rs, uncached))
        return false;
    if (c->tls && !add(r, a, "Strict-Transport-Security", STR("max-age=31536000")))
        return false;
    if (c->rs->status == 405 && !add(r, a, "Allow", c->allow))
        return false;
    if (c->close && !add(r, a, "Connection", STR("close")))
        return false;
    if (!str_is_none(c->rs->content_type) && !add(r, a, "Content-Type", c->rs->content_type))
        return false;
    for (size_t i = 0; i < c->rs->headers_n; i++)
        if (!add(r, a, c->rs->headers[i].name.p, c->rs->headers[i].value))
            return false;
    return add(r, a, "Correlation-Id", c->rq->correlation_id);
}

struct MHD_Response *reply_make(struct reply_context *c)
{
    struct str body = c->rs->body;
    struct MHD_Response *r = MHD_create_response_from_buffer(
        body.len, (void *)(uintptr_t)(body.len ? body.p : ""), MHD_RESPMEM_PERSISTENT);

    if (!r)
        return NULL;
    if (!add_headers(r, c)) {
        MHD_destroy_response(r);
        return NULL;
    }
    return r;
}
