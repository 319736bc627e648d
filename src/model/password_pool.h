/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password hashing, bounded: as many at once as there are cores, few waiting, and of one environment never
 * all. A flood of logins is refused; it cannot starve what others do.
 */
#ifndef MODEL_PASSWORD_POOL_H
#define MODEL_PASSWORD_POOL_H

#include "base/uuid.h"

struct password_pool;

/** At most `running` at once and `waiting` behind them, of one environment half as many. -> OK; NO_MEMORY */
enum err password_pool_new(unsigned running, unsigned waiting, struct password_pool **ret) MUST_CHECK;

/** When nobody is in it any more. NULL is fine. */
void password_pool_free(struct password_pool *p);

/** password_hash in turn. -> OK; UNAVAILABLE: too many wait; NO_MEMORY */
enum err password_pool_hash(struct password_pool *p, struct uuid environment, struct arena *a,
                            struct str password, struct str *ret) MUST_CHECK;

/** password_verify in turn. -> OK; UNAVAILABLE: too many wait; NO_MEMORY */
enum err password_pool_verify(struct password_pool *p, struct uuid environment, struct str hash,
                              struct str password, bool *ret) MUST_CHECK;

#endif
