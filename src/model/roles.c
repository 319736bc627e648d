/* SPDX-License-Identifier: Apache-2.0 */
/* Roles as bit sets over the sorted permissions. */
#include "model/roles.h"

#include "base/embedded.h"

#include <stdlib.h>

static const char *const scope_names[ROLE_SCOPES] = { "ORGANIZATION", "ENVIRONMENT", "POPULATION",
                                                      "APPLICATION" };

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Every identifier any role has, each once. */
static enum err collect_permissions(struct roles *r, const struct json *list)
{
    size_t all = 0, n = 0, kept = 0;

    json_each (role, list)
        all += json_count(json_get(role.value, "permissions"));
    r->permissions = ARENA_ARRAY(r->arena, struct str, all + 1);
    if (!r->permissions)
        return NO_MEMORY;
    json_each (role, list) {
        json_each (p, json_get(role.value, "permissions"))
            r->permissions[n++] = json_str(p.value);
    }
    qsort(r->permissions, n, sizeof(*r->permissions), by_text);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !str_eq(r->permissions[i], r->permissions[kept - 1]))
            r->permissions[kept++] = r->permissions[i];
    r->permissions_n = kept;
    return kept <= PERMISSIONS_MAX ? OK : INVALID;
}

static unsigned read_scopes(const struct json *list)
{
    unsigned scopes = 0;

    json_each (m, list) {
        enum role_scope scope;

        if (role_scope_parse(json_str(m.value), &scope) == OK)
            scopes |= 1u << scope;
    }
    return scopes;
}

static enum err read_role(struct roles *r, const struct json *v, struct role *role)
{
    TRY(uuid_parse(json_path_str(v, "id"), &role->id));
    role->name = json_path_str(v, "name");
    role->description = json_path_str(v, "description");
    role->permissions = json_get(v, "permissions");
    role->can_assign = json_get(v, "canAssign");
    role->applicable_to = read_scopes(json_get(v, "applicableTo"));
    json_each (m, role->permissions) {
        int number = roles_permission(r, json_str(m.value));

        role->bits[number / 64] |= UINT64_C(1) << number % 64;
    }
    return OK;
}

enum err roles_load(struct roles **ret)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct roles *r = a ? ARENA_NEW(a, struct roles) : NULL;
    const struct json *file, *list;

    if (!r)
        return NO_MEMORY;
    r->arena = a;
    TRY(json_parse(a, embedded_file("data/roles.json"), NULL, &file));
    list = json_get(file, "roles");
    TRY(collect_permissions(r, list));
    r->items = ARENA_ARRAY(a, struct role, json_count(list) + 1);
    if (!r->items)
        return NO_MEMORY;
    json_each (m, list)
        TRY(read_role(r, m.value, &r->items[r->n++]));
    TAKE(a);
    *ret = r;
    return OK;
}

void roles_free(struct roles *r)
{
    if (r)
        arena_free(r->arena);
}

const struct role *roles_find(const struct roles *r, struct uuid id)
{
    for (size_t i = 0; i < r->n; i++)
        if (uuid_eq(r->items[i].id, id))
            return &r->items[i];
    return NULL;
}

const struct role *roles_named(const struct roles *r, struct str name)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->items[i].name, name))
            return &r->items[i];
    return NULL;
}

int roles_permission(const struct roles *r, struct str identifier)
{
    const struct str *found =
        bsearch(&identifier, r->permissions, r->permissions_n, sizeof(*r->permissions), by_text);

    return found ? (int)(found - r->permissions) : -1;
}

static enum err read_assigners(struct arena *a, const struct json *list, struct role *role)
{
    struct uuid *ids = ARENA_ARRAY(a, struct uuid, json_count(list) + 1);

    if (!ids)
        return NO_MEMORY;
    json_each (m, list)
        if (uuid_parse(json_path_str(m.value, "id"), &ids[role->assigned_by_n++]) != OK)
            return CORRUPT;
    role->assigned_by = ids;
    return OK;
}

enum err role_read_custom(const struct roles *r, struct arena *a, struct uuid id, const struct json *document,
                          const struct role **ret)
{
    struct role *role = ARENA_NEW(a, struct role);

    if (!role)
        return NO_MEMORY;
    *role = (struct role){ .id = id, .custom = true };
    role->applicable_to = read_scopes(json_get(document, "applicableTo"));
    json_each (m, json_get(document, "permissions")) {
        int number = roles_permission(r, json_path_str(m.value, "id"));

        if (number >= 0)
            role->bits[number / 64] |= UINT64_C(1) << number % 64;
    }
    TRY(read_assigners(a, json_get(document, "canBeAssignedBy"), role));
    *ret = role;
    return OK;
}

bool role_permits(const struct role *r, int permission)
{
    return permission >= 0 && (r->bits[permission / 64] >> permission % 64 & 1);
}

enum err role_scope_parse(struct str name, enum role_scope *ret)
{
    for (size_t i = 0; i < ROLE_SCOPES; i++) {
        if (!str_is(name, scope_names[i]))
            continue;
        *ret = (enum role_scope)i;
        return OK;
    }
    return INVALID;
}

const char *role_scope_name(enum role_scope scope)
{
    return scope_names[scope];
}
