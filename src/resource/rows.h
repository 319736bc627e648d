/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that go with an object: unique values, index values, references, counters; kept in its
 * transaction. */
#ifndef RESOURCE_ROWS_H
#define RESOURCE_ROWS_H

#include "resource/hooks.h"

/**
 * Bring the rows of an object from its old document to its new one; either may be NULL (creation, deletion).
 * References must name existing objects.
 * ->  OK; FAILED: a value is taken, a target is missing; NO_SPACE; IO; NO_MEMORY
 */
enum err rows_change(struct change *c, const struct json *old, const struct json *document) MUST_CHECK;

/**
 * The rows that an object of a type should have beside it, by its document: what rows_change keeps.
 * ->  OK; NO_MEMORY
 */
enum err rows_derive(struct arena *a, const struct type *t, const struct object *o,
                     const struct json *document, struct object_rows *ret) MUST_CHECK;

/** The field whose values make reference rows of that attribute; NULL when there is none. */
const struct field *rows_reference_field(const struct type *t, struct str attribute);

/** The unique row that the environment's default object of a type holds. -> false: the type has none */
bool rows_default_holder(const struct type *t, struct uuid environment, struct unique *ret);

/** The member that marks the environment's default object; NULL when the type has none. */
const struct field *rows_default_field(const struct type *t);

/**
 * What the deletion of an object does to those that point at it: refuse, clear, or delete them too.
 * ->  OK; FAILED: it is in use; others as rows_change
 */
enum err rows_release(struct change *c) MUST_CHECK;

/** The name of the counter of a type's objects in an environment or below a parent. */
#define ROWS_COUNTER(type) ((type)->name)

#endif
