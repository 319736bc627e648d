/* SPDX-License-Identifier: Apache-2.0 */
/* Distance of names, by the textbook's table of which three rows are kept. */
#include "base/suggest.h"

enum { LENGTH_MAX = 64, PREFIX_MIN = 3 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows of the table: the one being filled, the one before it, the one before that. */
struct rows {
    size_t now[LENGTH_MAX + 1], before[LENGTH_MAX + 1], earlier[LENGTH_MAX + 1];
};

static size_t cell(const struct rows *rows, struct str a, struct str b, size_t i, size_t j)
{
    size_t cost = a.p[i - 1] != b.p[j - 1];
    size_t best = smaller(smaller(rows->now[j - 1], rows->before[j]) + 1, rows->before[j - 1] + cost);

    if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
        best = smaller(best, rows->earlier[j - 2] + 1);
    return best;
}

static void row_fill(struct rows *rows, struct str a, struct str b, size_t i)
{
    size_t j;

    memcpy(rows->earlier, rows->before, sizeof(rows->before));
    memcpy(rows->before, rows->now, sizeof(rows->now));
    rows->now[0] = i;
    for (j = 1; j <= b.len; j++)
        rows->now[j] = cell(rows, a, b, i, j);
}

size_t edit_distance(struct str a, struct str b)
{
    struct rows rows = { { 0 }, { 0 }, { 0 } };
    size_t i;

    if (a.len > LENGTH_MAX || b.len > LENGTH_MAX)
        return SIZE_MAX;
    for (i = 0; i <= b.len; i++)
        rows.now[i] = i;
    for (i = 1; i <= a.len; i++)
        row_fill(&rows, a, b, i);
    return rows.now[b.len];
}

struct suggestion suggestion_for(struct str typed)
{
    size_t wrong = typed.len < 6 ? 1 : typed.len / 3;

    return (struct suggestion){ .typed = typed, .distance = wrong + 1 };
}

void suggestion_offer(struct suggestion *s, const char *name)
{
    struct str candidate = str_from(name);
    size_t distance = edit_distance(s->typed, candidate);

    if (s->typed.len >= PREFIX_MIN && str_starts(candidate, s->typed))
        distance = smaller(distance, 1);
    if (distance >= s->distance)
        return;
    s->distance = distance;
    s->name = name;
}
