/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that run requests which may wait: for the store, a signature, a hash. They are started when they
 * are needed. */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include "base/err.h"

struct http_workers;

/* What waits for a worker; its owner embeds it. */
struct task {
    void (*run)(struct task *t);
    struct task *next;
};

/** Queue a task. -> OK; UNAVAILABLE: the queue is full */
enum err workers_add(struct http_workers *w, struct task *t) MUST_CHECK;

/** Called by a task before it waits for something scarce: meanwhile another thread may work in its stead, so
 * that those who wait keep nobody else from working. Nothing happens on other threads. */
void worker_wait_begin(void);

/** Called by the task after its wait: no more threads work than before. */
void worker_wait_end(void);

#endif
