/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each event loop has to itself: memory for requests, counts of them, answers it gives again. Were these
 * shared, cores would take them out of each other's caches with every request.
 */
#ifndef HTTP_LANES_H
#define HTTP_LANES_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct kept_replies;
struct lane;
struct lanes;

enum { STATUS_CLASSES = 6 };

/** One for each of `n` threads. -> OK; NO_MEMORY */
enum err lanes_new(unsigned n, struct lanes **ret) MUST_CHECK;

/** After the last request has ended. NULL is fine. */
void lanes_free(struct lanes *l);

/** The calling thread's, which serves nobody but the owner of `l`, and has the rank of an event loop from
 * then on, and a core where there is a lane for each. */
struct lane *lanes_mine(struct lanes *l);

/** The answers that its event loop gives again. */
struct kept_replies *lane_kept(struct lane *l);

/** Whether a request of this connection, which takes as long as a signature, may be run on the event loop
 * itself: so few others did within a second that together they do not hold up the rest. */
bool lane_may_sign(struct lane *l, const void *connection);

/** It was not run there after all: its place is free. Nothing happens to who had none. */
void lane_did_not_sign(struct lane *l, const void *connection);

/** A request begins. -> its arena; NULL when memory is short, and nothing has begun */
struct arena *lane_begin(struct lane *l);

/** It has ended: its answer is out, or there is nobody to read it. */
void lane_end(struct lane *l, struct arena *a);

/** It is answered, with that HTTP status. */
void lane_count(struct lane *l, int status);

/** How many requests have begun and not ended. */
int64_t lanes_begun(const struct lanes *l);

/** How many were answered, by the first digit of their status. */
void lanes_counts(const struct lanes *l, uint64_t ret[STATUS_CLASSES]);

#endif
