/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the name nearest to what was typed, if any is near enough. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include "base/str.h"

struct suggestion {
    struct str typed;
    size_t distance;  /* of the best so far; farther ones are not near enough */
    const char *name; /* the best so far; NULL: none */
};

/** Start looking for a name near `typed`: a third of its letters may be wrong, at least one. */
struct suggestion suggestion_for(struct str typed);

/** Keep `name` if it is nearer than what was offered before, or begins with what was typed. */
void suggestion_offer(struct suggestion *s, const char *name);

/**
 * How many letters to add, remove, replace or swap with their neighbour turn one text into the other (optimal
 * string alignment). Texts over 64 octets are infinitely far: SIZE_MAX.
 */
size_t edit_distance(struct str a, struct str b);

#endif
