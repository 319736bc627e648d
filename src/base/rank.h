/* SPDX-License-Identifier: Apache-2.0 */
/* Which thread the machine runs first. Where the system refuses, threads run in the common order. */
#ifndef BASE_RANK_H
#define BASE_RANK_H

/**
 * The calling thread runs as soon as it wakes up, for a moment: before those that run for longer, which it
 * does not outdo in all (Linux 6.12, sched_setattr(2): the slice of SCHED_OTHER; earlier ones know none).
 */
void rank_prompt(void);

/** The calling thread runs behind all others: it gets a thirtieth of a core that they would fill. */
void rank_low(void);

#endif
