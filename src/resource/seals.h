/* SPDX-License-Identifier: Apache-2.0 */
/* Where objects keep what is sealed under the master key, so that all of it can be opened and checked. */
#ifndef RESOURCE_SEALS_H
#define RESOURCE_SEALS_H

#include "crypto/secretbox.h"
#include "store/store.h"

/* Which sealed text does not open, and why. */
struct seals_fault {
    const char *member; /* of the secret part; NULL: the whole of it */
    const char *what;   /* a sentence without its period */
};

/**
 * Open all that an object has sealed, with the label of its place.
 * ->  OK, how many there were; CORRUPT: `fault` says which does not open; NO_MEMORY
 */
enum err seals_open(struct arena *a, const struct master_key *k, const struct object *o,
                    struct seals_fault *fault, size_t *ret) MUST_CHECK;

#endif
