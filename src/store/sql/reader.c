/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots for reading: a connection of the pool with an open transaction. The pool grows up to its limit;
 * the one used last is used next, because its cache is warm, and the preferred ones before the others. These
 * keep their snapshot for the next reader until something is committed: to begin one costs as much as to read
 * from it. */
#include "base/clock.h"
#include "base/wait.h"
#include "store/sql/sql.h"

/* For a snapshot when all are in use. */
static const int64_t WAIT_NS = INT64_C(1) * 1000 * 1000 * 1000;

/* When the database gives no more connections, it is not asked for one so long. */
static const int64_t ENOUGH_NS = INT64_C(5) * 1000 * 1000 * 1000;

static bool may_grow(const struct store *s)
{
    return s->readers == 0 || (s->readers < s->readers_max && clock_monotonic_ns() >= s->enough_until_ns);
}

/* Called locked. -> false: none came back in time */
static bool wait_for_reader(struct store *s)
{
    int64_t until_ns = clock_monotonic_ns() + WAIT_NS;

    while (!s->idle && !may_grow(s))
        if (!wait_allowed() || !clock_wait(&s->given, &s->lock, until_ns))
            return s->idle || may_grow(s);
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

/* Called locked. */
static void put_idle(struct store *s, struct connection *c)
{
    struct connection **at = &s->idle;

    while (*at && (*at)->preferred && !c->preferred)
        at = &(*at)->next;
    c->next = *at;
    *at = c;
    pthread_cond_signal(&s->given);
}

static void give(struct store *s, struct connection *c)
{
    pthread_mutex_lock(&s->lock);
    if (c) {
        put_idle(s, c);
    } else {
        s->readers--;
        pthread_cond_signal(&s->given);
    }
    pthread_mutex_unlock(&s->lock);
}

/* -> false: its snapshot is to be ended, and then it is to be given back */
static bool give_with_snapshot(struct store *s, struct connection *c)
{
    bool keeps;

    if (!c->preferred || s->engine->standing(c) != STANDS)
        return false;
    pthread_mutex_lock(&s->lock);
    keeps = !s->committing && c->begun_at == s->commits;
    c->keeps = keeps;
    if (keeps)
        put_idle(s, c);
    pthread_mutex_unlock(&s->lock);
    return keeps; /* by now `c` may be another's */
}

/* A read has nothing to lose: how it ends does not matter. */
static void end_snapshot(struct connection *c)
{
    if (statement_run(c, COMMIT_TX) != OK)
        (void)!statement_run(c, ROLLBACK_TX);
}

void readers_renew_begin(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    s->committing = true;
    for (struct connection *c = s->idle; c && c->preferred; c = c->next) {
        if (c->keeps)
            end_snapshot(c);
        c->keeps = false;
    }
    pthread_mutex_unlock(&s->lock);
}

void readers_renew_end(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    s->committing = false;
    s->commits++;
    pthread_mutex_unlock(&s->lock);
}

/* -> whether there are others, whose return can be waited for */
static bool live_with_others(struct store *s)
{
    bool others;

    pthread_mutex_lock(&s->lock);
    s->enough_until_ns = clock_monotonic_ns() + ENOUGH_NS;
    others = s->readers > 0;
    pthread_mutex_unlock(&s->lock);
    return others;
}

static enum err take(struct store *s, struct connection **ret)
{
    struct connection *c;
    enum err e;

    do {
        c = NULL;
        TRY(take_idle(s, &c));
        e = c ? OK : s->engine->open(s, false, &c);
        if (e != OK)
            give(s, NULL);
    } while (e == TOO_LARGE && live_with_others(s));
    if (e == TOO_LARGE)
        return UNAVAILABLE;
    if (e != OK)
        return e == CORRUPT ? IO : e;
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

    if (s->engine->waits && !wait_allowed())
        return UNAVAILABLE;
    TRY(store_may_ask(s));
    do {
        TRY(take(s, ret));
        if ((*ret)->keeps) {
            (*ret)->keeps = false;
            return OK;
        }
        (*ret)->begun_at = s->commits;
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

void tx_end(struct tx *tx)
{
    if (!tx->open || tx->touched)
        return;
    tx->open = false;
    if (give_with_snapshot(tx->store, tx->connection))
        return;
    end_snapshot(tx->connection);
    give_back(tx->store, tx->connection);
}

struct arena *tx_arena(struct tx *tx)
{
    return tx->arena;
}

/* The writer may still be at its chores. */
void readers_close(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->idle) {
        struct connection *c = s->idle;

        s->idle = c->next;
        s->engine->close(c);
    }
    pthread_mutex_unlock(&s->lock);
}
