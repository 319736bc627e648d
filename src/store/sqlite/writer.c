/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes. It takes what waits, runs each closure in a savepoint, commits them together, and only
 * then answers each. A full disk can roll back the whole transaction: then the culprit is refused and the others run
 * again; a COMMIT that fails refuses all.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#include <assert.h>

enum {
    GROUP_MAX = 256,
    GROUP_NS = 5 * 1000 * 1000,
    QUEUE_MAX = 4096,
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
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *first, **last;
    size_t queued;
    bool stopping;
    struct tx tx;
};

static enum err begin(struct writer *w)
{
    w->tx.now_ms = clock_now_ms();
    w->tx.touched_n = 0;
    w->tx.touched_all = false;
    return statement_run(w->connection, BEGIN_WRITE);
}

static bool transaction_is_gone(const struct writer *w)
{
    return sqlite3_get_autocommit(w->connection->db) != 0;
}

/* In its own savepoint and on clean memory. */
static enum err run_closure(struct writer *w, struct job *j)
{
    struct arena_mark mark = arena_mark(w->tx.arena);
    enum err e = statement_run(w->connection, SAVEPOINT);

    if (e == OK)
        e = j->fn(&w->tx, j->arg);
    if (!transaction_is_gone(w) && e != OK && statement_run(w->connection, SAVEPOINT_ROLLBACK) != OK)
        e = IO;
    if (!transaction_is_gone(w) && statement_run(w->connection, SAVEPOINT_RELEASE) != OK)
        e = e ? e : IO;
    arena_rewind(w->tx.arena, mark);
    return e;
}

/* -> the jobs that ran in the open transaction; the others have their result */
static size_t run_jobs(struct writer *w, struct job **jobs, size_t n, bool *ret_gone)
{
    int64_t end = clock_monotonic_ns() + GROUP_NS;
    size_t i;

    *ret_gone = false;
    for (i = 0; i < n && (i == 0 || clock_monotonic_ns() < end); i++) {
        jobs[i]->result = run_closure(w, jobs[i]);
        if (transaction_is_gone(w)) {
            *ret_gone = true;
            return i;
        }
    }
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

static void refuse(struct writer *w, struct job **jobs, size_t n, enum err e)
{
    if (!transaction_is_gone(w) && statement_run(w->connection, ROLLBACK_TX) != OK) {
        /* the next BEGIN tells */
    }
    for (size_t i = 0; i < n; i++)
        jobs[i]->result = jobs[i]->result ? jobs[i]->result : e;
    answer(w, jobs, n);
}

/* One transaction over the front of the group. -> how many jobs are answered */
static size_t commit_some(struct writer *w, struct job **jobs, size_t n)
{
    enum err e = begin(w);
    size_t ran;
    bool gone;

    if (e != OK) {
        refuse(w, jobs, n, e);
        return n;
    }
    ran = run_jobs(w, jobs, n, &gone);
    if (gone) {
        /* everything before the culprit is undone and runs again; the culprit has its error */
        struct job *culprit = jobs[ran];

        culprit->result = culprit->result ? culprit->result : NO_SPACE;
        answer(w, &culprit, 1);
        for (size_t i = ran; i > 0; i--)
            jobs[i] = jobs[i - 1];
        return 1;
    }
    e = statement_run(w->connection, COMMIT_TX);
    if (e != OK) {
        refuse(w, jobs, ran, e);
        return ran;
    }
    generations_raise(w->store->generations, &w->tx);
    answer(w, jobs, ran);
    return ran;
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
    }
}

enum err writer_write(struct writer *w, store_fn *fn, void *arg)
{
    struct job j = { .fn = fn, .arg = arg, .answered = PTHREAD_COND_INITIALIZER };

    assert(!pthread_equal(pthread_self(), w->thread)); /* a closure must not wait for another */
    pthread_mutex_lock(&w->lock);
    if (w->queued == QUEUE_MAX || w->stopping) {
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

enum err writer_start(struct store *s, struct connection *c, struct writer **ret)
{
    struct writer *w = mem_alloc(sizeof(*w));
    struct arena *a = w ? arena_new(0) : NULL;

    if (!a) {
        mem_free(w);
        return NO_MEMORY;
    }
    *w = (struct writer){ .store = s, .connection = c, .last = &w->first };
    w->tx = (struct tx){ .store = s, .connection = c, .arena = a, .writing = true, .open = true };
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    if (pthread_create(&w->thread, NULL, run, w)) {
        arena_free(a);
        mem_free(w);
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
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    arena_free(w->tx.arena);
    connection_close(w->connection);
    mem_free(w);
}
