/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Response headers (reference: response headers, CORS). Answers that repeat are kept as the library has them,
 * with all their headers, of which the Correlation-Id is overwritten in place: to copy each header by three
 * allocations, as the library does, costs more than a small answer itself.
 */
#include "http/reply.h"

#include "base/mem.h"
#include "base/uuid.h"

enum { KEPT = 64 };

struct kept {
    struct MHD_Response *response; /* owns the texts */
    struct str body, path;
    bool tls;
    char *correlation; /* the octets of that header in the library's copy */
};

struct kept_replies {
    struct kept items[KEPT];
};

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

static const char correlation[] = "Correlation-Id";

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
    return add(r, a, correlation, c->rq->correlation_id);
}

/* -> NULL, and `r` is no more, when memory is short; it may have been so before */
static struct MHD_Response *with_headers(struct MHD_Response *r, struct reply_context *c)
{
    if (r && !add_headers(r, c)) {
        MHD_destroy_response(r);
        return NULL;
    }
    return r;
}

struct MHD_Response *reply_make(struct reply_context *c)
{
    struct str body = c->rs->body;

    return with_headers(MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)(body.len ? body.p : ""),
                                                        MHD_RESPMEM_PERSISTENT),
                        c);
}

struct kept_replies *kept_replies_new(void)
{
    return mem_alloc(sizeof(struct kept_replies));
}

static void drop(struct kept *k)
{
    if (k->response)
        MHD_destroy_response(k->response);
    *k = (struct kept){ 0 };
}

void kept_replies_free(struct kept_replies *kept)
{
    for (size_t i = 0; kept && i < KEPT; i++)
        drop(&kept->items[i]);
    mem_free(kept);
}

/* Its texts are copied: it outlives the request. */
static void keep(struct kept *k, struct reply_context *c)
{
    struct str body = c->rs->body, path = c->rq->path;
    char *texts = mem_alloc(body.len + path.len);
    struct MHD_Response *r;

    drop(k);
    if (!texts)
        return;
    memcpy(texts, body.p, body.len);
    memcpy(texts + body.len, path.p, path.len);
    r = MHD_create_response_from_buffer_with_free_callback(body.len, texts, mem_free);
    if (!r)
        mem_free(texts);
    k->response = with_headers(r, c);
    if (!k->response)
        return;
    k->body = (struct str){ texts, body.len };
    k->path = (struct str){ texts + body.len, path.len };
    k->tls = c->tls;
    k->correlation = (char *)(uintptr_t)MHD_get_response_header(k->response, correlation);
}

static bool may_be_kept(const struct reply_context *c)
{
    return c->rs->repeats && !c->close && str_is_none(http_header(c->rq, "Origin"));
}

/* Paths begin with the id of an environment, which is random. */
static struct kept *place(struct kept_replies *kept, struct str path)
{
    uint64_t begin = 0;

    memcpy(&begin, path.p, path.len < sizeof(begin) ? path.len : sizeof(begin));
    return &kept->items[(begin ^ path.len) * 0x9e3779b97f4a7c15u >> 58];
}

static bool is_this(const struct kept *k, const struct reply_context *c)
{
    return k->response && k->tls == c->tls && str_eq(k->path, c->rq->path) && str_eq(k->body, c->rs->body);
}

/* The library writes the head of an answer before it looks at the next connection of its thread, so that one
 * response serves them all. */
static enum MHD_Result queue_kept(struct MHD_Connection *connection, struct reply_context *c, struct kept *k)
{
    if (is_this(k, c))
        memcpy(k->correlation, c->rq->correlation_id.p, UUID_TEXT_LENGTH);
    else
        keep(k, c);
    return k->response ? MHD_queue_response(connection, (unsigned)c->rs->status, k->response) : MHD_NO;
}

enum MHD_Result reply_queue(struct MHD_Connection *connection, struct reply_context *c,
                            struct kept_replies *kept)
{
    struct MHD_Response *r;
    enum MHD_Result queued;

    if (may_be_kept(c))
        return queue_kept(connection, c, place(kept, c->rq->path));
    r = reply_make(c);
    if (!r)
        return MHD_NO;
    queued = MHD_queue_response(connection, (unsigned)c->rs->status, r);
    MHD_destroy_response(r);
    return queued;
}
