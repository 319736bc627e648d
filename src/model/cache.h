/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Immutable views of configuration, loaded on demand, shared by reference count, bounded in octets. A view
 * whose environment changed since it was loaded is never given out; one that was loaded while it changed is
 * not kept.
 */
#ifndef MODEL_CACHE_H
#define MODEL_CACHE_H

#include "model/site.h"

/* What a view is of. `extra` is handed to the loader and is no part of the key. */
struct view_key {
    struct uuid environment, id;
    const void *extra;
};

/** Make a view in its own arena from the store. What is only read on the way lives in tx_arena(tx), which
 * goes when the view is made: views stay, so they hold nothing that is not asked for. -> OK; NOT_FOUND;
 * others are passed on */
typedef enum err view_load(struct site *site, struct tx *tx, struct arena *a, const struct view_key *key,
                           void **ret);

struct view_kind {
    const char *name;
    view_load *load;
};

/** A copy in a view of a text that was read; STR_NONE stays that. -> OK; NO_MEMORY */
enum err view_text(struct arena *a, struct str text, struct str *ret) MUST_CHECK;

/** -> OK; NO_MEMORY */
enum err cache_new(size_t octets_max, struct cache **ret) MUST_CHECK;

/** When no view is held any more. NULL is fine. */
void cache_free(struct cache *c);

/**
 * The view of that kind and key; it stays as long as `holder`.
 * ->  OK; NOT_FOUND; what the loader returned; NO_MEMORY
 */
enum err cache_get(struct site *site, struct arena *holder, const struct view_kind *kind,
                   const struct view_key *key, const void **ret) MUST_CHECK;

/** Octets in views now. */
size_t cache_size(struct cache *c);

#endif
