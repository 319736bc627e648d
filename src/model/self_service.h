/* SPDX-License-Identifier: Apache-2.0 */
/* What users may do to themselves by the scopes p1:ACTION:THING of their tokens (reference: scopes). */
#ifndef MODEL_SELF_SERVICE_H
#define MODEL_SELF_SERVICE_H

#include "model/actor.h"
#include "model/environment.h"

enum { SELF_SCOPES_MAX = 32 };

/* The scopes of a token that permit something, p1:update:user and p1:update:user:SUFFIX, and what they open.
 */
struct self_rights {
    bool all; /* every attribute */
    const struct scope *scopes[SELF_SCOPES_MAX];
    size_t scopes_n; /* 0: nothing is permitted */
};

/**
 * Add what an actor's token permits of a permission: "dir:update:user" is what p1:update:user and the scopes
 * that restrict it give. A scope that the environment no longer has gives nothing. The environment is the
 * actor's own.
 * ->  OK; IO; NO_MEMORY
 */
enum err self_rights_add(struct http_request *rq, const struct actor *a, struct str permission,
                         struct self_rights *ret) MUST_CHECK;

/** Whether a member at a dotted path is open as a whole: by its own path, by one above it or by "*". */
bool self_rights_cover(const struct self_rights *r, struct str path);

/** Whether a member below the path is open. */
bool self_rights_reach(const struct self_rights *r, struct str path);

#endif
