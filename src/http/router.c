/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree of path parts. Each node knows the literal parts below it and at most one variable part; a leaf
 * lists the routes of its path, of which method and media type choose one.
 */
#include "http/router.h"

#include "base/encoding.h"
#include "base/mem.h"

#include <assert.h>
#include <strings.h>

struct node {
    struct str part; /* STR_NONE: variable */
    struct node *children, *variable, *next;
    struct leaf *leaves;
};

struct leaf {
    struct route route;
    struct leaf *next;
};

struct router {
    struct arena *arena;
    struct node root;
};

static struct node *child_named(const struct node *n, struct str part)
{
    for (struct node *c = n->children; c; c = c->next)
        if (str_eq(c->part, part))
            return c;
    return NULL;
}

static bool is_variable(struct str part)
{
    return part.len > 2 && part.p[0] == '{';
}

static enum err child_add(struct router *r, struct node *n, struct str part, struct node **ret)
{
    struct node *c = is_variable(part) ? n->variable : child_named(n, part);

    if (!c) {
        c = ARENA_NEW(r->arena, struct node);
        if (!c)
            return NO_MEMORY;
        if (is_variable(part)) {
            n->variable = c;
        } else {
            c->part = part;
            c->next = n->children;
            n->children = c;
        }
    }
    *ret = c;
    return OK;
}

static bool same_key(const struct route *a, const struct route *b)
{
    if (a->method != b->method || !a->media != !b->media)
        return false;
    return !a->media || strcmp(a->media, b->media) == 0;
}

static enum err add(struct router *r, const struct route *route)
{
    struct str rest = str_from(route->pattern + 1), part;
    struct node *n = &r->root;
    struct leaf *l = ARENA_NEW(r->arena, struct leaf);

    assert(route->pattern[0] == '/');
    if (!l)
        return NO_MEMORY;
    while (str_next(&rest, '/', &part))
        TRY(child_add(r, n, part, &n));
    for (struct leaf *other = n->leaves; other; other = other->next)
        assert(!same_key(&other->route, route)); /* two handlers for one request */
    *l = (struct leaf){ .route = *route, .next = n->leaves };
    n->leaves = l;
    return OK;
}

enum err router_new(const struct route *routes, size_t n, struct router **ret)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct router *r = a ? ARENA_NEW(a, struct router) : NULL;

    if (!r)
        return NO_MEMORY;
    r->arena = a;
    for (size_t i = 0; i < n; i++)
        TRY(add(r, &routes[i]));
    TAKE(a);
    *ret = r;
    return OK;
}

void router_free(struct router *r)
{
    if (r)
        arena_free(r->arena);
}

/* The node of the rest of a path, with its variable parts as they came: the literal part first, the variable
 * one when that leads nowhere. Recursion is as deep as the longest pattern. */
static const struct node *find(const struct node *n, struct str rest, struct str *params, size_t params_n)
{
    struct str part;
    const struct node *c, *found = NULL;

    if (!str_next(&rest, '/', &part))
        return n->leaves ? n : NULL;
    c = child_named(n, part);
    if (c)
        found = find(c, rest, params, params_n);
    if (found || !n->variable || part.len == 0 || params_n == HTTP_PARAMS_MAX)
        return found;
    params[params_n] = part;
    found = find(n->variable, rest, params, params_n + 1);
    if (!found)
        params[params_n] = STR_NONE;
    return found;
}

/* What a handler gets is text: it may stand in messages, logs and keys. */
static enum err decode_params(struct http_request *rq, const struct str *raw)
{
    for (size_t i = 0; i < HTTP_PARAMS_MAX && !str_is_none(raw[i]); i++) {
        TRY(percent_decode(rq->arena, raw[i], false, &rq->params[i]));
        if (!str_is_utf8(rq->params[i]) || str_index(rq->params[i], '\0') < rq->params[i].len)
            return INVALID;
    }
    return OK;
}

/* "application/vnd.pingidentity.password.unlock+json" is also taken without its "+json". */
static bool media_fits(const char *wanted, struct str have)
{
    struct str want = str_from(wanted);
    size_t bare = want.len - strlen("+json");

    if (str_is_nocase(have, wanted))
        return true;
    return str_starts(want, STR("application/vnd.")) && str_ends(want, STR("+json")) && have.len == bare &&
           strncasecmp(have.p, wanted, bare) == 0;
}

/* Where GET is taken, so is HEAD. */
static const char *const allowed_names[] = {
    "GET, HEAD", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"
};

static enum err list_methods(struct arena *a, const struct node *n, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    unsigned seen = 0;

    for (const struct leaf *l = n->leaves; l; l = l->next) {
        if (seen & 1u << l->route.method)
            continue;
        seen |= 1u << l->route.method;
        buf_printf(&b, "%s%s", b.len ? ", " : "", allowed_names[l->route.method]);
    }
    return buf_finish(&b, ret);
}

static enum match choose(const struct node *n, enum http_method method, struct str media,
                         const struct route **ret)
{
    const struct route *any = NULL;
    enum match best = MATCH_NO_METHOD;

    for (const struct leaf *l = n->leaves; l; l = l->next) {
        if (l->route.method != method)
            continue;
        *ret = &l->route;
        if (l->route.media && media_fits(l->route.media, media))
            return MATCH_FOUND;
        if (!l->route.media)
            any = &l->route;
        best = MATCH_NO_MEDIA;
    }
    if (!any)
        return best;
    *ret = any;
    return MATCH_FOUND;
}

enum err router_match(const struct router *r, struct http_request *rq, struct routed *ret)
{
    enum http_method method = rq->method == HTTP_HEAD ? HTTP_GET : rq->method;
    struct routed found = { .match = MATCH_NO_PATH };
    struct str params[HTTP_PARAMS_MAX] = { 0 };
    const struct node *n = find(&r->root, str_slice(rq->path, 1, rq->path.len), params, 0);

    if (n) {
        TRY(decode_params(rq, params));
        found.route = &n->leaves->route;
        found.match = choose(n, method, http_media_type(rq), &found.route);
    }
    if (found.match == MATCH_NO_METHOD)
        TRY(list_methods(rq->arena, n, &found.allow));
    rq->route = found.route;
    *ret = found;
    return OK;
}
