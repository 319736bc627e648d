/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue and its threads, which are started when work finds none that is free, and then stay. */
#include "http/workers.h"

#include "base/mem.h"
#include "base/rank.h"
#include "http/server.h"

#include <pthread.h>

enum {
    STACK_BYTES = 512 * 1024,
    WAITING_MAX = 512, /* threads that wait for something scarce */
};

struct http_workers {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct task *first, **last;
    size_t queued, queue_max;
    bool stopping;
    unsigned working_max;
    unsigned idle, waiting; /* of the threads; the others work */
    unsigned threads_n;
    pthread_t threads[];
};

static _Thread_local struct http_workers *mine; /* whose thread this is */

static void *run(void *arg);

/* Called locked. */
static enum err start_thread(struct http_workers *w)
{
    pthread_attr_t attributes;
    int failed;

    if (pthread_attr_init(&attributes))
        return NO_MEMORY;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    failed = pthread_create(&w->threads[w->threads_n], &attributes, run, w);
    pthread_attr_destroy(&attributes);
    w->threads_n += !failed;
    return failed ? NO_MEMORY : OK;
}

/* Called locked. Where no thread can be started, those there are do it later. */
static void start_if_short(struct http_workers *w)
{
    unsigned working = w->threads_n - w->idle - w->waiting;

    if (w->queued > w->idle && working + w->idle < w->working_max && w->waiting < WAITING_MAX && !w->stopping)
        (void)!start_thread(w);
}

static struct task *take(struct http_workers *w)
{
    struct task *t;

    pthread_mutex_lock(&w->lock);
    w->idle++;
    while (!w->first && !w->stopping)
        pthread_cond_wait(&w->work, &w->lock);
    w->idle--;
    t = w->first;
    if (t) {
        w->first = t->next;
        w->queued--;
        if (!w->first)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->lock);
    return t;
}

static void *run(void *arg)
{
    struct http_workers *w = arg;
    struct task *t;

    mine = w;
    rank_prompt();
    rank_unbind(); /* it may have been started by an event loop */
    while ((t = take(w)))
        t->run(t);
    return NULL;
}

enum err workers_add(struct http_workers *w, struct task *t)
{
    bool full;

    t->next = NULL;
    pthread_mutex_lock(&w->lock);
    full = w->queued == w->queue_max || w->stopping;
    if (!full) {
        *w->last = t;
        w->last = &t->next;
        w->queued++;
        start_if_short(w);
    }
    pthread_mutex_unlock(&w->lock);
    if (!full) /* without the lock, which the thread that wakes needs at once */
        pthread_cond_signal(&w->work);
    return full ? UNAVAILABLE : OK;
}

void worker_wait_begin(void)
{
    if (!mine)
        return;
    pthread_mutex_lock(&mine->lock);
    mine->waiting++;
    start_if_short(mine);
    pthread_mutex_unlock(&mine->lock);
}

void worker_wait_end(void)
{
    if (!mine)
        return;
    pthread_mutex_lock(&mine->lock);
    mine->waiting--;
    pthread_mutex_unlock(&mine->lock);
}

enum err http_workers_new(unsigned threads, size_t queue_max, struct http_workers **ret)
{
    struct http_workers *w = mem_alloc(sizeof(*w) + (threads + WAITING_MAX) * sizeof(*w->threads));
    enum err e;

    if (!w)
        return NO_MEMORY;
    w->last = &w->first;
    w->queue_max = queue_max;
    w->working_max = threads;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    pthread_mutex_lock(&w->lock);
    e = start_thread(w); /* one there always is */
    pthread_mutex_unlock(&w->lock);
    if (e != OK) {
        http_workers_free(w);
        return e;
    }
    *ret = w;
    return OK;
}

void http_workers_free(struct http_workers *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->threads_n; i++)
        pthread_join(w->threads[i], NULL);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}
