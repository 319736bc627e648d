/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password hashing, bounded: on threads of its own, as many as there are cores and behind all others in the
 * machine's order, with few places, of which one environment never has all. While the program has other work,
 * up to half of these threads rest. A flood of logins is refused; it cannot starve what others do.
 */
#ifndef MODEL_PASSWORD_POOL_H
#define MODEL_PASSWORD_POOL_H

#include "base/uuid.h"

struct password_pool;

/** At most `running` at once and `waiting` behind them, of one environment half as many. -> OK; NO_MEMORY */
enum err password_pool_new(unsigned running, unsigned waiting, struct password_pool **ret) MUST_CHECK;

/** When nobody is in it any more. NULL is fine. */
void password_pool_free(struct password_pool *p);

/** Take a place before anything is done that must not be done in vain. -> OK; UNAVAILABLE: too many wait */
enum err password_pool_enter(struct password_pool *p, struct uuid environment) MUST_CHECK;

/** Give the place back. */
void password_pool_leave(struct password_pool *p, struct uuid environment);

/** password_verify in turn, by one that has a place. -> OK; NO_MEMORY */
enum err password_pool_verify_entered(struct password_pool *p, struct str hash, struct str password,
                                      bool *ret) MUST_CHECK;

/** password_hash in turn, with a place for as long. -> OK; UNAVAILABLE: too many wait; NO_MEMORY */
enum err password_pool_hash(struct password_pool *p, struct uuid environment, struct arena *a,
                            struct str password, struct str *ret) MUST_CHECK;

/** password_verify in turn, with a place for as long. -> OK; UNAVAILABLE: too many wait; NO_MEMORY */
enum err password_pool_verify(struct password_pool *p, struct uuid environment, struct str hash,
                              struct str password, bool *ret) MUST_CHECK;

/** How many hashes run at once, after a time in which the rest of the program ran on processors for
 * `others_ns`: of the cores those it leaves, and half of them at least. */
unsigned password_pool_share(unsigned cores, int64_t others_ns, int64_t passed_ns);

#endif
