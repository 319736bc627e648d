/* SPDX-License-Identifier: Apache-2.0 */
/* What keys are for. */
#ifndef PLATFORM_KEY_USE_H
#define PLATFORM_KEY_USE_H

#include "platform/platform.h"

/* GET .../applications of a key: those that use it and that the actor may read. */
action_handler key_applications_list;

/**
 * That a key keeps its usage as long as applications rely on it: before it is replaced.
 * ->  OK; FAILED; IO; NO_MEMORY
 */
enum err key_use_check(struct change *c) MUST_CHECK;

#endif
