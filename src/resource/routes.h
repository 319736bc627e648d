/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of the management API, made from the compiled types. */
#ifndef RESOURCE_ROUTES_H
#define RESOURCE_ROUTES_H

#include "resource/schema.h"

/**
 * Routes of all types: their operations and actions.
 *
 * a    owns routes and patterns
 * ret  `ret_n` routes below /v1
 * ->   OK; NO_MEMORY
 */
enum err routes_make(struct arena *a, const struct registry *r, struct route **ret, size_t *ret_n) MUST_CHECK;

#endif
