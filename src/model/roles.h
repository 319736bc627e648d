/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in roles and what each permits: one data file (resources/data/roles.json). Unmapped means denied.
 * Environments have roles of their own besides, made of the same permissions. */
#ifndef MODEL_ROLES_H
#define MODEL_ROLES_H

#include "base/uuid.h"
#include "json/json.h"

enum { PERMISSIONS_MAX = 640, ROLE_WORDS = (PERMISSIONS_MAX + 63) / 64 };

enum role_scope { SCOPE_ORGANIZATION, SCOPE_ENVIRONMENT, SCOPE_POPULATION, SCOPE_APPLICATION, ROLE_SCOPES };

struct role {
    struct uuid id;
    struct str name, description;
    unsigned applicable_to;         /* 1 << SCOPE_... */
    const struct json *can_assign;  /* names of other roles that its holder may give */
    const struct json *permissions; /* identifiers */
    uint64_t bits[ROLE_WORDS];      /* the same, by number */
    bool custom;                    /* an environment's own: without name, can_assign, permissions */
    const struct uuid *assigned_by; /* of a custom one: roles whose holders may give it */
    size_t assigned_by_n;
};

struct roles {
    struct arena *arena;
    struct role *items;
    size_t n;
    struct str *permissions; /* sorted; a permission's number is its place */
    size_t permissions_n;
};

/** Read the embedded file. -> OK; INVALID: the file is malformed; NO_MEMORY. roles_free it. */
enum err roles_load(struct roles **ret) MUST_CHECK;

/** NULL is fine. */
void roles_free(struct roles *r);

/** NULL when there is none. */
const struct role *roles_find(const struct roles *r, struct uuid id);

/** NULL when there is none. */
const struct role *roles_named(const struct roles *r, struct str name);

/** A permission's number; -1 when no role has it. */
int roles_permission(const struct roles *r, struct str identifier);

/** Whether the role holds a permission. */
bool role_permits(const struct role *r, int permission);

/** Read a custom role's document; permissions that no built-in role has are left out. -> OK (in `a`);
 * CORRUPT; NO_MEMORY */
enum err role_read_custom(const struct roles *r, struct arena *a, struct uuid id, const struct json *document,
                          const struct role **ret) MUST_CHECK;

/** "POPULATION" -> SCOPE_POPULATION. -> OK; INVALID */
enum err role_scope_parse(struct str name, enum role_scope *ret) MUST_CHECK;

/** "POPULATION". */
const char *role_scope_name(enum role_scope scope);

#endif
