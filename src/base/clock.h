/* SPDX-License-Identifier: Apache-2.0 */
/* Time: milliseconds since 1970 in UTC for what is stored or shown, nanoseconds for measuring. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

#include <pthread.h>
#include <time.h>

/** Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now_ms(void);

/** Nanoseconds of a clock that never jumps. */
int64_t clock_monotonic_ns(void);

/** The same clock as it was at the system's last tick, at most 10 ms ago: for what is asked often. */
int64_t clock_monotonic_coarse_ns(void);

/** Nanoseconds of one of the system's clocks: what a thread or the program has run (clock_gettime(2)). 0:
 * there is no such clock. Signal handlers may call it. */
int64_t clock_ns(clockid_t clock);

/** Wait for a condition, until that time of clock_monotonic_ns at most: a clock that is set makes no wait
 * longer or shorter. `lock` is held. -> false: the time has come */
bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ns);

enum { CLOCK_TEXT_SIZE = 25 };

/** Write "2021-07-23T16:19:34.570Z" (RFC 3339, milliseconds, always UTC) with a NUL. */
void clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE]);

/** Read an RFC 3339 time with any offset and 0 to 9 digits of a second. -> OK; INVALID */
enum err clock_parse(struct str s, int64_t *ret_ms) MUST_CHECK;

#endif
