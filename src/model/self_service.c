/* SPDX-License-Identifier: Apache-2.0 */
/* From scopes of a token to attributes of a user. */
#include "model/self_service.h"

/* "update:user" of "dir:update:user" */
static struct str without_service(struct str permission)
{
    return str_slice(permission, str_index(permission, ':') + 1, permission.len);
}

/* "p1:update:user", or that and a suffix. */
static bool is_of(struct str scope, struct str right)
{
    struct str rest = str_starts(scope, STR("p1:")) ? str_slice(scope, 3, scope.len) : STR_NONE;

    if (!str_starts(rest, right))
        return false;
    return rest.len == right.len || rest.p[right.len] == ':';
}

/* A suffix restricts to what the scope lists, be it nothing; of the predefined ones only those with a list
 * do. */
static void add_scope(struct self_rights *r, const struct scope *s, bool suffixed)
{
    r->all = r->all || (!s->restricts && !suffixed);
    for (size_t i = 0; i < s->attributes_n; i++)
        r->all = r->all || str_is(s->attributes[i], "*");
    if (r->scopes_n < SELF_SCOPES_MAX)
        r->scopes[r->scopes_n++] = s;
}

enum err self_rights_add(struct http_request *rq, const struct actor *a, struct str permission,
                         struct self_rights *ret)
{
    struct str right = without_service(permission), rest = a->scope, name;
    const struct environment *e;

    TRY(environment_get(site_of(rq), rq->arena, a->environment, &e));
    while (e->api && str_next(&rest, ' ', &name)) {
        const struct scope *s = is_of(name, right) ? resource_scope_named(e->api, name) : NULL;

        if (s)
            add_scope(ret, s, name.len > right.len + 3);
    }
    return OK;
}

static bool is_below(struct str path, struct str above)
{
    return str_starts(path, above) && path.len > above.len && path.p[above.len] == '.';
}

bool self_rights_cover(const struct self_rights *r, struct str path)
{
    for (size_t i = 0; i < r->scopes_n; i++)
        for (size_t k = 0; k < r->scopes[i]->attributes_n; k++)
            if (str_eq(path, r->scopes[i]->attributes[k]) || is_below(path, r->scopes[i]->attributes[k]))
                return true;
    return r->all;
}

bool self_rights_reach(const struct self_rights *r, struct str path)
{
    for (size_t i = 0; i < r->scopes_n; i++)
        for (size_t k = 0; k < r->scopes[i]->attributes_n; k++)
            if (is_below(r->scopes[i]->attributes[k], path))
                return true;
    return r->all;
}
