/* SPDX-License-Identifier: Apache-2.0 */
/* What a counter should say. */
#ifndef RESOURCE_RECOUNT_H
#define RESOURCE_RECOUNT_H

#include "resource/schema.h"
#include "store/store.h"

/**
 * Count what a counter counts: the objects of the type it is named after, below its id, or the references
 * whose field names it (x-count).
 *
 * ret_known  false: nothing is counted under this name
 * ->         OK; IO
 */
enum err counter_recount(struct tx *tx, const struct registry *registry, const struct counter *c,
                         int64_t *ret, bool *ret_known) MUST_CHECK;

#endif
