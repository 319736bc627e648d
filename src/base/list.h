/* SPDX-License-Identifier: Apache-2.0 */
/* An array that grows in an arena, for items of which nobody knows beforehand how many come. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/arena.h"

struct list {
    void *items;
    size_t n, size;
};

/** Room for one item more, zeroed; items that were there may move. All of a list have one size. -> NULL when
 * memory is short */
void *list_add(struct arena *a, struct list *l, size_t item_size) MUST_CHECK;

#endif
