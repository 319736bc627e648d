/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes. It takes what waits, runs each closure in a savepoint, commits them together,
 * and only then answers each. A full disk can roll back the whole transaction: then the culprit is refused
 * and the others run again; a COMMIT that fails refuses all.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#include <assert.h>

enum {
    GROUP_MAX = 256,
    GROUP_NS = 5 * 1000 * 1000,
    LOG_PAGES = 4000,      /* 16 MiB of write-ahead log are brought into the database */
    LOG_PAGES_MAX = 16000, /* 64 MiB: readers are waited for, so that the log can start anew */
    LOG_WAIT_MS = 100,
    BUSY_WAIT_MS = 5000,
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
    int checkpoint_at;       /* pages of log */
    int checkpoint_code;     /* how the last one went */
};

static enum err begin(struct writer *w)
{
    w->tx.now_ms = clock_now_ms();
    w->touched.n = 0;
    w->touched.all = false;
    return statement_run(w->connection, BEGIN_WRITE);
}

static bool transaction_is_gone(const struct writer *w)
{
    return sqlite3_get_autocommit(w->connection->db) != 0;
}

static void roll_back(struct writer *w)
{
    if (!transaction_is_gone(w) && statement_run(w->connection, ROLLBACK_TX) != OK)
        log_event(LOG_ERROR, "store_rollback_failed",
                  { "reason", str_from(sqlite3_errmsg(w->connection->db)) });
}

/* Keep or undo what a closure did. If that fails, so must the whole transaction. */
static enum err end_savepoint(struct writer *w, enum err e)
{
    enum err end = OK;

    if (transaction_is_gone(w))
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

/* Until the time is up; the first always runs. -> how many ran; `gone`: the last of them undid them all */
static size_t run_jobs(struct writer *w, struct job **jobs, size_t n, bool *ret_gone)
{
    int64_t end = clock_monotonic_ns() + GROUP_NS;
    size_t i = 0;

    *ret_gone = false;
    do {
        jobs[i]->result = run_closure(w, jobs[i]);
        *ret_gone = transaction_is_gone(w);
        i++;
    } while (!*ret_gone && i < n && clock_monotonic_ns() < end);
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

/* What they did is undone; a closure's own error tells more than ours. */
static void refuse(struct writer *w, struct job **jobs, size_t n, enum err e)
{
    roll_back(w);
    w->checkpoint_at = 0; /* a log that starts anew may be all the room there is */
    for (size_t i = 0; i < n; i++)
        if (jobs[i]->result == OK)
            jobs[i]->result = e;
    answer(w, jobs, n);
}

/* Refuse the last of those that ran, and move the others behind it, to run again. */
static void refuse_culprit(struct writer *w, struct job **jobs, size_t ran)
{
    struct job *culprit = jobs[ran - 1];

    memmove(jobs + 1, jobs, (ran - 1) * sizeof(*jobs));
    jobs[0] = culprit;
    refuse(w, jobs, 1, NO_SPACE);
}

/* One transaction over the front of the group. -> how many jobs are answered */
static size_t commit_some(struct writer *w, struct job **jobs, size_t n)
{
    enum err e = begin(w);
    size_t ran;
    bool gone;

    if (e != OK) {
        for (size_t i = 0; i < n; i++)
            jobs[i]->result = e;
        refuse(w, jobs, n, e);
        return n;
    }
    ran = run_jobs(w, jobs, n, &gone);
    if (gone) {
        refuse_culprit(w, jobs, ran);
        return 1;
    }
    e = statement_run(w->connection, COMMIT_TX);
    if (e != OK) {
        refuse(w, jobs, ran, e);
        return ran;
    }
    generations_raise(w->store->generations, &w->touched);
    answer(w, jobs, ran);
    return ran;
}

static int checkpoint(struct writer *w, int mode)
{
    sqlite3 *db = w->connection->db;
    int code;

    sqlite3_busy_timeout(db, LOG_WAIT_MS);
    code = sqlite3_wal_checkpoint_v2(db, NULL, mode, NULL, NULL);
    sqlite3_busy_timeout(db, BUSY_WAIT_MS);
    return code;
}

/* After the answers, so that nobody waits for it. Readers without a pause would let the log grow for ever:
 * when it is long, they are waited for. What could not be done is tried again some pages later. */
static void checkpoint_if_due(struct writer *w)
{
    int pages = w->connection->log_pages, code;

    if (pages < LOG_PAGES && w->checkpoint_at > LOG_PAGES)
        w->checkpoint_at = LOG_PAGES;
    if (pages < w->checkpoint_at)
        return;
    code = checkpoint(w, pages < LOG_PAGES_MAX ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE);
    if (code != SQLITE_OK && code != SQLITE_BUSY && code != w->checkpoint_code) /* once, not at every write */
        log_event(LOG_WARNING, "store_checkpoint_failed", { "reason", str_from(sqlite3_errstr(code)) });
    w->checkpoint_code = code;
    w->checkpoint_at = pages < LOG_PAGES ? LOG_PAGES : pages + LOG_PAGES;
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
        checkpoint_if_due(w);
    }
}

enum err store_write(struct store *s, store_fn *fn, void *arg)
{
    struct job j = { .fn = fn, .arg = arg, .answered = PTHREAD_COND_INITIALIZER };
    struct writer *w = s->writer;

    assert(!pthread_equal(pthread_self(), w->thread)); /* a closure would wait for itself */
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
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    arena_free(w->tx.arena);
    mem_free(w);
}

/* The arena keeps its first chunk between closures. */
static struct writer *writer_new(struct store *s, struct connection *c)
{
    struct writer *w = mem_alloc(sizeof(*w));

    if (!w)
        return NULL;
    *w = (struct writer){ .store = s, .connection = c, .last = &w->first, .checkpoint_at = LOG_PAGES };
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    w->tx = (struct tx){
        .store = s, .connection = c, .arena = arena_new(0), .open = true, .touched = &w->touched
    };
    if (!w->tx.arena || !arena_alloc(w->tx.arena, 1)) {
        writer_free(w);
        return NULL;
    }
    w->clean = arena_mark(w->tx.arena);
    return w;
}

enum err writer_start(struct store *s, struct connection *c, struct writer **ret)
{
    struct writer *w = writer_new(s, c);

    if (!w)
        return NO_MEMORY;
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        writer_free(w);
        return IO;
    }
    *ret = w;
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
    connection_close(w->connection);
    writer_free(w);
}
