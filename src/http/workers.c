/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue and its threads. */
#include "http/workers.h"

#include "base/mem.h"
#include "http/server.h"

#include <pthread.h>

enum { STACK_BYTES = 512 * 1024 };

struct http_workers {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct task *first, **last;
    size_t queued, queue_max;
    bool stopping;
    pthread_t *threads;
    unsigned threads_n;
};

static struct task *take(struct http_workers *w)
{
    struct task *t;

    pthread_mutex_lock(&w->lock);
    while (!w->first && !w->stopping)
        pthread_cond_wait(&w->work, &w->lock);
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
        pthread_cond_signal(&w->work);
    }
    pthread_mutex_unlock(&w->lock);
    return full ? UNAVAILABLE : OK;
}

static enum err start(struct http_workers *w, unsigned threads)
{
    pthread_attr_t attributes;
    enum err e = OK;

    if (pthread_attr_init(&attributes))
        return NO_MEMORY;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    while (w->threads_n < threads && e == OK) {
        if (pthread_create(&w->threads[w->threads_n], &attributes, run, w))
            e = NO_MEMORY;
        else
            w->threads_n++;
    }
    pthread_attr_destroy(&attributes);
    return e;
}

enum err http_workers_new(unsigned threads, size_t queue_max, struct http_workers **ret)
{
    struct http_workers *w = mem_alloc(sizeof(*w));
    enum err e;

    if (!w)
        return NO_MEMORY;
    w->last = &w->first;
    w->queue_max = queue_max;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    w->threads = mem_alloc(threads * sizeof(*w->threads));
    e = w->threads ? start(w, threads) : NO_MEMORY;
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
    mem_free(w->threads);
    mem_free(w);
}
