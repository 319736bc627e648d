/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a store holds together: every object against the rows beside it, its environment, its parent, what
 * it refers to and what it has sealed; every row against its object; every counter against a recount. Memory
 * does not grow with the number of objects.
 */
#ifndef RESOURCE_VERIFY_H
#define RESOURCE_VERIFY_H

#include "crypto/secretbox.h"
#include "resource/schema.h"
#include "store/store.h"

/* One thing that is wrong, and where. */
struct verify_fault {
    struct uuid environment; /* nil: of the organization's own objects */
    struct str type;
    struct uuid id;
    struct str attribute; /* STR_NONE: of the whole object */
    struct str what;      /* a sentence without its period */
};

/* What was looked at. */
struct verify_totals {
    int64_t objects, expired, rows, references, seals, counters, faults;
};

/* A verification; `fault` and `progress` are called from verify_store, progress after each batch of objects.
 */
struct verification {
    struct store *store;
    const struct registry *registry;
    const struct master_key *key;
    void (*fault)(void *arg, const struct verify_fault *f);
    void (*progress)(void *arg, const struct verify_totals *so_far); /* NULL: nobody wants to know */
    void *arg;
};

/**
 * Look at all that the store holds, in one snapshot.
 * ->  OK: it went to its end, ret->faults says how many were found; CORRUPT: the database cannot be read on;
 *     IO; NO_MEMORY
 */
enum err verify_store(const struct verification *v, struct verify_totals *ret) MUST_CHECK;

#endif
