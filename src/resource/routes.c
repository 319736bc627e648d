/* SPDX-License-Identifier: Apache-2.0 */
/* Types to routes. */
#include "resource/routes.h"

#include "resource/operation.h"
#include "resource/reply.h"

static const struct {
    enum operation operation;
    enum http_method method;
    bool on_collection, has_body;
    enum cost cost;
    http_handler *handle;
} operations[] = {
    { OPERATION_LIST, HTTP_GET, true, false, COST_WORK, operation_list },
    { OPERATION_CREATE, HTTP_POST, true, true, COST_WORK, operation_create },
    { OPERATION_READ, HTTP_GET, false, false, COST_POINT_READ, operation_read },
    { OPERATION_REPLACE, HTTP_PUT, false, true, COST_WORK, operation_replace },
    { OPERATION_PATCH, HTTP_PATCH, false, true, COST_WORK, operation_patch },
    { OPERATION_DELETE, HTTP_DELETE, false, false, COST_WORK, operation_delete },
};

struct maker {
    struct arena *arena;
    struct route *routes;
    size_t n;
};

static enum err add(struct maker *m, struct str path, struct str below, struct route route)
{
    struct str pattern;

    TRY(str_printf(m->arena, &pattern, "/v1%.*s%.*s", STR_FMT(path), STR_FMT(below)));
    route.pattern = pattern.p;
    route.cors = CORS_ANY_ORIGIN;
    route.fail = reply_failure;
    m->routes[m->n++] = route;
    return OK;
}

static enum err add_type(struct maker *m, const struct type *t)
{
    for (size_t i = 0; i < LENGTH(operations); i++) {
        struct route route = { .method = operations[i].method,
                               .cost = operations[i].cost,
                               .handle = operations[i].handle,
                               .context = t,
                               .media = operations[i].has_body ? "application/json" : NULL };

        if (t->methods[operations[i].operation])
            TRY(add(m, operations[i].on_collection ? t->collection_path : t->path, STR(""), route));
    }
    for (size_t i = 0; i < t->actions_n; i++) {
        const struct action *a = &t->actions[i];
        struct route route = { .method = a->method,
                               .cost = COST_WORK,
                               .handle = operation_action,
                               .context = a,
                               .media = str_is_none(a->media) ? NULL : a->media.p };

        TRY(add(m, a->on_collection ? t->collection_path : t->path, a->path, route));
    }
    return OK;
}

enum err routes_make(struct arena *a, const struct registry *r, struct route **ret, size_t *ret_n)
{
    struct maker m = { .arena = a };
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += OPERATIONS + r->types[i].actions_n;
    m.routes = ARENA_ARRAY(a, struct route, n);
    if (!m.routes)
        return NO_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        TRY(add_type(&m, &r->types[i]));
    *ret = m.routes;
    *ret_n = m.n;
    return OK;
}
