/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that serves many connections may not wait for another machine, for a write to be durable or for
 * what takes long to compute: who would have to gives up, and the work is done again where waiting is
 * allowed. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <stdbool.h>

/** From now on nothing on this thread may wait, until wait_was_wanted. */
void wait_forbid(void);

/** Called by what is about to wait: whether it may. When not, it fails with UNAVAILABLE instead. */
bool wait_allowed(void);

/** Waiting is allowed again. -> whether anything gave up: then what came of it does not count */
bool wait_was_wanted(void);

#endif
