/* SPDX-License-Identifier: Apache-2.0 */
/* What every store has, from its opening to its closing, and whether its database answers. */
#include "base/clock.h"
#include "store/sql/sql.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    QUEUE_MAX = 4096,
    READERS_MAX = 64,
};

/* After the database did not answer, who asks is refused so long; and so long may the one take who tries
 * again. */
static const int64_t PAUSE_NS = INT64_C(500) * 1000 * 1000;
static const int64_t TRIAL_NS = INT64_C(2500) * 1000 * 1000;

enum err store_set_up(struct store *s, const struct engine *engine)
{
    s->engine = engine;
    s->queue_max = QUEUE_MAX;
    s->readers_max = READERS_MAX;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->given, NULL);
    s->generations = generations_new();
    return s->generations ? OK : NO_MEMORY;
}

enum err store_is_up(struct store *s)
{
    int64_t until = atomic_load(&s->down_until_ns);

    return until && clock_monotonic_ns() < until ? UNAVAILABLE : OK;
}

enum err store_may_ask(struct store *s)
{
    int64_t until = atomic_load(&s->down_until_ns), now;

    if (!until)
        return OK;
    now = clock_monotonic_ns();
    if (now < until || !atomic_compare_exchange_strong(&s->down_until_ns, &until, now + TRIAL_NS))
        return UNAVAILABLE;
    return OK;
}

void store_note(struct store *s, bool answered)
{
    if (!answered)
        atomic_store(&s->down_until_ns, clock_monotonic_ns() + PAUSE_NS);
    else if (atomic_load(&s->down_until_ns))
        atomic_store(&s->down_until_ns, 0);
}

enum err store_explain(struct store_fault *fault, enum err e, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(fault->message, sizeof(fault->message), format, args);
    va_end(args);
    return e;
}

enum err store_check(struct store *s)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct uuid nil = { { 0 } };
    struct tx *tx;
    int64_t n;

    if (!a)
        return NO_MEMORY;
    TRY(store_read_begin(s, a, &tx));
    return tx_counter_get(tx, nil, STR("check"), nil, &n);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    if (s->engine->stop)
        s->engine->stop(s);
    readers_close(s);
    writer_stop(s->writer);
    generations_free(s->generations);
    pthread_cond_destroy(&s->given);
    pthread_mutex_destroy(&s->lock);
    s->engine->close_store(s);
}
