/* SPDX-License-Identifier: Apache-2.0 */
/* What OpenSSL says went wrong, read from its error queue: a text that is bad, or memory that was short. For
 * the files of this module alone. */
#ifndef CRYPTO_FAILURE_H
#define CRYPTO_FAILURE_H

#include "base/err.h"

/** What a call on a stranger's octets ends with; the thread's error queue is empty after it.
 * ->  NO_MEMORY when `e` is an error and memory was short; else `e` */
enum err failure_of(enum err e) MUST_CHECK;

/** Forget what was wrong with a text, but not that memory was short: failure_of is still to come. */
void failure_sift(void);

#endif
