/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <string.h>

enum { SIZE_FIRST = 16 };

void *list_add(struct arena *a, struct list *l, size_t item_size)
{
    size_t bigger = l->size ? l->size * 2 : SIZE_FIRST;
    void *items;

    if (l->n == l->size) {
        items = arena_array(a, item_size, bigger);
        if (!items)
            return NULL;
        if (l->n)
            memcpy(items, l->items, l->n * item_size);
        l->items = items;
        l->size = bigger;
    }
    return (char *)l->items + l->n++ * item_size;
}
