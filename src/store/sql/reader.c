/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots for reading: a connection of the pool with an open transaction. The pool grows up to its limit;
 * the one used last is used next, because its cache is warm, and the preferred ones before the others. */
#include "base/clock.h"
#include "store/sql/sql.h"

#include <time.h>

enum { WAIT_S = 1 }; /* for a snapshot when all are in use */

/* Called locked. -> false: none came back in time */
static bool wait_for_reader(struct store *s)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    while (!s->idle && s->readers >= s->readers_max)
        if (pthread_cond_timedwait(&s->given, &s->lock, &until) != 0)
            return s->idle || s->readers < s->readers_max;
    return true;
}

/* -> OK, NULL: the caller opens one, which is counted already; UNAVAILABLE */
static enum err take_idle(struct store *s, struct connection **ret)
{
    enum err e = UNAVAILABLE;

    pthread_mutex_lock(&s->lock);
    if (wait_for_reader(s)) {
        e = OK;
        *ret = s->idle;
        if (s->idle)
            s->idle = s->idle->next;
        else
            s->readers++;
    }
    pthread_mutex_unlock(&s->lock);
    return e;
}

static void give(struct store *s, struct connection *c)
{
    struct connection **at = &s->idle;

    pthread_mutex_lock(&s->lock);
    if (c) {
        while (*at && (*at)->preferred && !c->preferred)
            at = &(*at)->next;
        c->next = *at;
        *at = c;
    } else {
        s->readers--;
    }
    pthread_cond_signal(&s->given);
    pthread_mutex_unlock(&s->lock);
}

static enum err take(struct store *s, struct connection **ret)
{
    struct connection *c = NULL;
    enum err e;

    TRY(take_idle(s, &c));
    e = c ? OK : s->engine->open(s, false, &c);
    if (e != OK) {
        give(s, NULL);
        return e == CORRUPT ? IO : e;
    }
    *ret = c;
    return OK;
}

/* One whose connection is lost is not used again. */
static void give_back(struct store *s, struct connection *c)
{
    if (s->engine->standing(c) == LOST) {
        s->engine->close(c);
        c = NULL;
    }
    give(s, c);
}

static void end(void *tx)
{
    tx_end(tx);
}

/* Connections that went stale while nobody used them are thrown away until one answers, or a new one does not
 * either. */
static enum err begin(struct store *s, struct connection **ret)
{
    bool stale;
    enum err e;

    TRY(store_may_ask(s));
    do {
        TRY(take(s, ret));
        e = statement_run(*ret, BEGIN_READ);
        stale = s->engine->standing(*ret) == LOST;
        if (e != OK)
            give_back(s, *ret);
    } while (e != OK && stale);
    return e;
}

enum err store_read_begin(struct store *s, struct arena *a, struct tx **ret)
{
    struct tx *tx = ARENA_NEW(a, struct tx);
    enum err e;

    if (!tx)
        return NO_MEMORY;
    *tx = (struct tx){ .store = s, .arena = a, .now_ms = clock_now_ms() };
    TRY(begin(s, &tx->connection));
    tx->open = true;
    e = arena_defer(a, end, tx);
    if (e != OK)
        tx_end(tx);
    *ret = tx;
    return e;
}

/* A read has nothing to lose: how it ends does not matter. */
void tx_end(struct tx *tx)
{
    if (!tx->open || tx->touched)
        return;
    tx->open = false;
    if (statement_run(tx->connection, COMMIT_TX) != OK)
        (void)!statement_run(tx->connection, ROLLBACK_TX);
    give_back(tx->store, tx->connection);
}

struct arena *tx_arena(struct tx *tx)
{
    return tx->arena;
}

void readers_close(struct store *s)
{
    while (s->idle) {
        struct connection *c = s->idle;

        s->idle = c->next;
        s->engine->close(c);
    }
}
