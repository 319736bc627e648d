/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread of this process that writes. It takes what waits, runs each closure in a savepoint, commits
 * them together, and only then answers each. A full disk can roll back the whole transaction: then the
 * culprit is refused and the others run again. One that conflicts with another node's runs again, a few
 * times. A COMMIT that fails and a connection that is lost refuse all.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wait.h"
#include "store/sql/sql.h"

#include <assert.h>

enum {
    GROUP_MAX = 256,
    GROUP_NS = 5 * 1000 * 1000,
    RUNS_MAX = 5, /* of a group that conflicts */
};

/* A closure that waits; it lives on its caller's stack. */
struct job {
    store_fn *fn;
    void *arg;
    enum err result;
    bool done;
    pthread_cond_t answered;
    struct job *next;
};

struct writer {
    struct store *store;
    struct connection *connection;
    pthread_t thread;
    pthread_mutex_t lock; /* of the queue and of the jobs' `done` */
    pthread_cond_t work;
    struct job *first, **last;
    size_t queued;
    bool stopping;
    struct tx tx;
    struct touched touched;
    struct arena_mark clean; /* of the arena between closures */
};

static enum standing standing_of(const struct writer *w)
{
    return w->store->engine->standing(w->connection);
}

/* A connection that was lost is made anew. */
static enum err connect(struct writer *w)
{
    enum err e;

    if (w->connection)
        return OK;
    TRY(store_may_ask(w->store));
    e = w->store->engine->open(w->store, true, &w->connection);
    if (e != OK)
        return e == TOO_LARGE ? UNAVAILABLE : e;
    w->tx.connection = w->connection;
    return OK;
}

static void disconnect(struct writer *w)
{
    w->store->engine->close(w->connection);
    w->connection = NULL;
}

/* A connection that went stale while nobody wrote is made anew: nothing was asked of it yet. */
static enum err begin(struct writer *w)
{
    enum err e;

    TRY(connect(w));
    w->tx.now_ms = clock_now_ms();
    w->touched.n = 0;
    w->touched.all = false;
    e = statement_run(w->connection, BEGIN_WRITE);
    if (e == OK || standing_of(w) != LOST)
        return e;
    disconnect(w);
    TRY(connect(w));
    return statement_run(w->connection, BEGIN_WRITE);
}

static void roll_back(struct writer *w)
{
    enum standing standing = w->connection ? standing_of(w) : GONE;

    if (standing != GONE && standing != LOST && statement_run(w->connection, ROLLBACK_TX) != OK)
        log_event(LOG_ERROR, "store_rollback_failed");
    if (w->connection && standing_of(w) == LOST)
        disconnect(w);
}

/* Keep or undo what a closure did. If that fails, so must the whole transaction. */
static enum err end_savepoint(struct writer *w, enum err e)
{
    enum err end = OK;

    if (standing_of(w) != STANDS)
        return e;
    if (e != OK)
        end = statement_run(w->connection, SAVEPOINT_ROLLBACK);
    if (end == OK)
        end = statement_run(w->connection, SAVEPOINT_RELEASE);
    if (end != OK)
        roll_back(w);
    return e == OK ? end : e;
}

/* In its own savepoint and on clean memory. */
static enum err run_closure(struct writer *w, const struct job *j)
{
    enum err e = statement_run(w->connection, SAVEPOINT);

    if (e == OK)
        e = end_savepoint(w, j->fn(&w->tx, j->arg));
    else
        roll_back(w);
    arena_rewind(w->tx.arena, w->clean);
    return e;
}

/* Until the time is up; the first always runs. -> how many ran; unless it `stands`, the last of them undid
 * them all */
static size_t run_jobs(struct writer *w, struct job **jobs, size_t n, enum standing *ret)
{
    int64_t end = clock_monotonic_ns() + GROUP_NS;
    size_t i = 0;

    do {
        jobs[i]->result = run_closure(w, jobs[i]);
        *ret = w->connection ? standing_of(w) : LOST;
        i++;
    } while (*ret == STANDS && i < n && clock_monotonic_ns() < end);
    return i;
}

static void answer(struct writer *w, struct job **jobs, size_t n)
{
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < n; i++) {
        jobs[i]->done = true;
        pthread_cond_signal(&jobs[i]->answered);
    }
    pthread_mutex_unlock(&w->lock);
}

/* A snapshot that is kept for nobody would keep a log from starting anew. */
static void rest(struct writer *w, bool refused)
{
    if (!w->connection || !w->store->engine->rest)
        return;
    readers_renew_begin(w->store);
    w->store->engine->rest(w->connection, refused);
    readers_renew_end(w->store);
}

/* What they did is undone; a closure's own error tells more than ours. */
static void refuse(struct writer *w, struct job **jobs, size_t n, enum err e)
{
    roll_back(w);
    rest(w, true);
    for (size_t i = 0; i < n; i++)
        if (jobs[i]->result == OK)
            jobs[i]->result = e;
    answer(w, jobs, n);
}

static void refuse_whatever_came(struct writer *w, struct job **jobs, size_t n, enum err e)
{
    for (size_t i = 0; i < n; i++)
        jobs[i]->result = e;
    refuse(w, jobs, n, e);
}

/* Refuse the last of those that ran, and move the others behind it, to run again. */
static void refuse_culprit(struct writer *w, struct job **jobs, size_t ran)
{
    struct job *culprit = jobs[ran - 1];

    memmove(jobs + 1, jobs, (ran - 1) * sizeof(*jobs));
    jobs[0] = culprit;
    refuse(w, jobs, 1, NO_SPACE);
}

/* -> OK; UNAVAILABLE and CONFLICTED: run again */
static enum err commit(struct writer *w, enum standing *ret)
{
    enum err e = OK;

    if (w->store->engine->announce && (w->touched.n || w->touched.all))
        e = w->store->engine->announce(&w->tx);
    if (e == OK) {
        readers_renew_begin(w->store);
        e = statement_run(w->connection, COMMIT_TX);
        readers_renew_end(w->store);
    }
    *ret = e == OK ? STANDS : standing_of(w);
    return e;
}

/* One transaction over the front of the group. -> how many jobs are answered; 0: it conflicted */
static size_t commit_once(struct writer *w, struct job **jobs, size_t n)
{
    enum standing standing;
    enum err e = begin(w);
    size_t ran;

    if (e != OK) {
        refuse_whatever_came(w, jobs, n, e);
        return n;
    }
    ran = run_jobs(w, jobs, n, &standing);
    if (standing == GONE) {
        refuse_culprit(w, jobs, ran);
        return 1;
    }
    e = standing == STANDS ? commit(w, &standing) : UNAVAILABLE;
    if (standing == LOST) {
        refuse_whatever_came(w, jobs, n, UNAVAILABLE);
        return n;
    }
    if (standing == CONFLICTED) {
        roll_back(w);
        return 0;
    }
    if (e != OK) {
        refuse(w, jobs, ran, e);
        return ran;
    }
    generations_raise(w->store->generations, &w->touched);
    answer(w, jobs, ran);
    return ran;
}

static size_t commit_some(struct writer *w, struct job **jobs, size_t n)
{
    for (int run = 0; run < RUNS_MAX; run++) {
        size_t answered = commit_once(w, jobs, n);

        if (answered)
            return answered;
    }
    refuse_whatever_came(w, jobs, n, UNAVAILABLE);
    return n;
}

/* Called locked. */
static size_t take_group(struct writer *w, struct job *jobs[GROUP_MAX])
{
    size_t n = 0;

    while (!w->first && !w->stopping)
        pthread_cond_wait(&w->work, &w->lock);
    while (w->first && n < GROUP_MAX) {
        jobs[n++] = w->first;
        w->first = w->first->next;
    }
    if (!w->first)
        w->last = &w->first;
    w->queued -= n;
    return n;
}

static void *run(void *arg)
{
    struct writer *w = arg;
    struct job *jobs[GROUP_MAX];
    size_t n;

    for (;;) {
        pthread_mutex_lock(&w->lock);
        n = take_group(w, jobs);
        pthread_mutex_unlock(&w->lock);
        if (n == 0)
            return NULL;
        for (size_t done = 0; done < n;)
            done += commit_some(w, jobs + done, n - done);
        rest(w, false);
    }
}

enum err store_write(struct store *s, store_fn *fn, void *arg)
{
    struct job j = { .fn = fn, .arg = arg, .answered = PTHREAD_COND_INITIALIZER };
    struct writer *w = s->writer;

    assert(!pthread_equal(pthread_self(), w->thread)); /* a closure would wait for itself */
    if (!wait_allowed())
        return UNAVAILABLE;
    TRY(store_is_up(s));
    pthread_mutex_lock(&w->lock);
    if (w->queued >= s->queue_max || w->stopping) {
        pthread_mutex_unlock(&w->lock);
        return UNAVAILABLE;
    }
    *w->last = &j;
    w->last = &j.next;
    w->queued++;
    pthread_cond_signal(&w->work);
    while (!j.done)
        pthread_cond_wait(&j.answered, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_cond_destroy(&j.answered);
    return j.result;
}

static void writer_free(struct writer *w)
{
    w->store->engine->close(w->connection);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    arena_free(w->tx.arena);
    mem_free(w);
}

/* The arena keeps its first chunk between closures. */
static enum err prepare(struct writer *w)
{
    w->tx.arena = arena_new(0);
    if (!w->tx.arena || !arena_alloc(w->tx.arena, 1))
        return NO_MEMORY;
    w->clean = arena_mark(w->tx.arena);
    return connect(w);
}

enum err writer_start(struct store *s)
{
    struct writer *w = mem_alloc(sizeof(*w));
    enum err e;

    if (!w)
        return NO_MEMORY;
    *w = (struct writer){ .store = s, .last = &w->first };
    w->tx = (struct tx){ .store = s, .open = true, .touched = &w->touched };
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    e = prepare(w);
    if (e == OK && pthread_create(&w->thread, NULL, run, w) != 0)
        e = IO;
    if (e != OK) {
        writer_free(w);
        return e;
    }
    s->writer = w;
    return OK;
}

void writer_stop(struct writer *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    writer_free(w);
}
