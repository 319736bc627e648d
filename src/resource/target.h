/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a path to what it names, for an actor who may: authentication, permission, then existence, in this
 * order, so that who lacks the permission learns nothing.
 */
#ifndef RESOURCE_TARGET_H
#define RESOURCE_TARGET_H

#include "resource/filter.h"
#include "resource/operation.h"

/** Parse the path's ids, authenticate the caller and find where the operation's permission holds.
 * ->  OK; FAILED: 401, 403, 404; IO; NO_MEMORY */
enum err target_resolve(struct http_request *rq, const struct type *type, enum operation operation,
                        struct target *ret) MUST_CHECK;

/** The same for an action, with its own permission. */
enum err target_resolve_action(struct http_request *rq, const struct action *action,
                               struct target *ret) MUST_CHECK;

/** That the environment exists. -> OK; FAILED: 404; IO; NO_MEMORY */
enum err target_environment(const struct target *t, struct http_request *rq, struct tx *tx) MUST_CHECK;

/** Read the parent, within the actor's reach. -> OK; FAILED: 403, 404; IO; NO_MEMORY */
enum err target_parent(const struct target *t, struct http_request *rq, struct tx *tx, struct arena *a,
                       struct object *ret) MUST_CHECK;

/** Read the object, below its parent and within the actor's reach. -> OK; FAILED: 403, 404; IO; NO_MEMORY */
enum err target_read(const struct target *t, struct http_request *rq, struct tx *tx, struct arena *a,
                     struct object *ret) MUST_CHECK;

/** Whether the actor's reach holds this object: nobody creates or moves one where they could not. -> OK;
 * FAILED: 403 */
enum err target_admits(const struct target *t, struct http_request *rq, struct tx *tx,
                       const struct object *o) MUST_CHECK;

/** Whether the actor reaches the object, its own, by scopes alone: they restrict what of it is seen and
 * changed. -> OK; NO_MEMORY */
enum err target_is_restricted(const struct target *t, struct http_request *rq, const struct object *o,
                              bool *ret) MUST_CHECK;

/** The request's filter parameter, `text` as it came. -> OK (NULL: there is none); FAILED: 400; NO_MEMORY */
enum err target_asked(const struct target *t, struct http_request *rq, struct str *text,
                      const struct filter **ret) MUST_CHECK;

/** The part of the actor's reach as a filter on a list; NULL: everything. -> OK; NO_MEMORY */
enum err target_filter(const struct target *t, struct http_request *rq, const struct filter **ret) MUST_CHECK;

#endif
