/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The six operations of every type, as handlers of routes and as steps within a transaction for hooks,
 * cascades and seeding. This is the one place where an object and its rows are written.
 */
#ifndef RESOURCE_OPERATION_H
#define RESOURCE_OPERATION_H

#include "model/self_service.h"
#include "resource/hooks.h"

/** operation_read without the type's own read, for hooks that know some of the objects themselves. */
http_handler operation_read_stored;

/** Handlers of the routes that routes_make adds; rq->route->context is the type. */
http_handler operation_list, operation_create, operation_read, operation_replace, operation_patch,
    operation_delete;

/** The handler of x-actions; rq->route->context is the action. */
http_handler operation_action;

/** What a handler works on: a type's path resolved, its actor known and allowed. */
struct target {
    struct site *site;
    const struct registry *registry;
    const struct type *type;
    const struct actor *actor;
    struct uuid environment, parent, id;
    struct str permission;
    struct access access; /* where the actor's permission holds */
    struct self_rights
        self; /* what the actor may do to the object by a scope: the object is the actor itself */
    struct self_rights shown; /* and what it then sees of it, that included */
};

/**
 * Keep a new object: document, rows, counters, event. `c` names type, environment, parent, id, body, tx and
 * now.
 * ->  OK (c->document is it); FAILED: the request's problem; NO_SPACE; IO; NO_MEMORY
 */
enum err operation_create_within(struct change *c) MUST_CHECK;

/** Delete another object because of a change: its children, rows and references too. */
enum err operation_delete_within(struct change *cause, const struct type *type, struct uuid id) MUST_CHECK;

/** Take a member out of another object because of a change. */
enum err operation_clear_within(struct change *cause, const struct type *type, struct uuid id,
                                struct str path) MUST_CHECK;

/** A change of another object of the same type because of this one, for change_set and object_amend. */
struct change change_other(const struct change *cause, struct uuid id);

/**
 * Change top-level members of an object, whatever its schema allows clients: for actions.
 *
 * sets   members and their new JSON text
 * secret becomes the object's secret; STR_NONE keeps it
 * ->     OK (`o` is what is kept now); FAILED; CONFLICT; NO_SPACE; IO; NO_MEMORY
 */
enum err object_amend(struct change *c, struct object *o) MUST_CHECK;

#endif
