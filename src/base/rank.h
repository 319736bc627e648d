/* SPDX-License-Identifier: Apache-2.0 */
/* Which thread the machine runs first. Where the system refuses, threads run in the common order. */
#ifndef BASE_RANK_H
#define BASE_RANK_H

#include "base/err.h"

#include <stdbool.h>
#include <time.h>

/**
 * The calling thread runs as soon as it wakes up, for a moment: before those that run for longer, which it
 * does not outdo in all (Linux 6.12, sched_setattr(2): the slice of SCHED_OTHER; earlier ones know none).
 */
void rank_prompt(void);

/** How many cores the program may use: those of its first thread. */
unsigned rank_cores(void);

/** The calling thread stays on one core, the i-th of those, counted around: who runs behind it there gives
 * way at once, while the system would rather let it wait for its like on another. Threads it starts stay
 * there too. */
void rank_bind(unsigned i);

/** The calling thread may use all cores of the program again. */
void rank_unbind(void);

/** The calling thread runs behind all others: it gets a thirtieth of a core that they would fill. */
void rank_low(void);

struct rank_breaks {
    timer_t timer;
    bool begun;
};

/**
 * Until rank_breaks_end the calling thread gives way every quarter of a millisecond, in the midst of what it
 * computes. A thread of low rank that gets its turn would otherwise have it until the system's next tick, 4
 * ms later as a rule. The breaks are signals: SIGRTMIN is taken for them in all the program.
 */
void rank_breaks_begin(struct rank_breaks *b);

/** As begun, by the same thread. */
void rank_breaks_end(struct rank_breaks *b);

#endif
