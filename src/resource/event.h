/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of what happened: one event a change, in its transaction. */
#ifndef RESOURCE_EVENT_H
#define RESOURCE_EVENT_H

#include "resource/hooks.h"

/**
 * Record that a change's object was "CREATED", "UPDATED" or "DELETED", or what an action did
 * ("PASSWORD.SET"): actor, action, resource, result, correlation id. A verb without a dot is put behind the
 * type's name.
 * ->  OK; NO_SPACE; IO; NO_MEMORY
 */
enum err event_write(struct change *c, const char *verb) MUST_CHECK;

#endif
