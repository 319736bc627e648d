/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of keys share. */
#ifndef PLATFORM_KEY_H
#define PLATFORM_KEY_H

#include "platform/platform.h"

/* GET .../applications of a key: those that use it and that the actor may read. */
action_handler key_applications_list;

/**
 * That a key keeps its usage as long as applications rely on it: before it is replaced.
 * ->  OK; FAILED; IO; NO_MEMORY
 */
enum err key_use_check(struct change *c) MUST_CHECK;

/**
 * A new default key takes the mark from the one of its usage that had it: before it is kept.
 * ->  OK; CORRUPT; NO_SPACE; IO; NO_MEMORY
 */
enum err key_default_move(struct change *c) MUST_CHECK;

/**
 * Keep an authority's serial number exact while another part of a key changes: it is longer than the numbers
 * of JSON libraries, so that a copy of the document would round it.
 *
 * o    the key as it is kept
 * old  its document
 * ->   OK; CORRUPT; NO_MEMORY
 */
enum err key_keep_serial(struct change *c, const struct object *o, const struct json *old) MUST_CHECK;

#endif
