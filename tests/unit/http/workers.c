/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "http/server.h"
#include "http/workers.h"

#include <semaphore.h>
#include <time.h>

/* A task that waits for something that only another task brings. */
struct waiting_task {
    struct task task;
    sem_t came, done;
    bool in_vain;
};

struct bringing_task {
    struct task task;
    struct waiting_task *to;
};

static void wait_for_other(struct task *t)
{
    struct waiting_task *w = (struct waiting_task *)(void *)t;
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    worker_wait_begin();
    w->in_vain = sem_timedwait(&w->came, &until) != 0;
    worker_wait_end();
    sem_post(&w->done);
}

static void bring(struct task *t)
{
    sem_post(&((struct bringing_task *)(void *)t)->to->came);
}

TEST(workers, another_works_while_one_waits_for_something_scarce)
{
    struct waiting_task first = { .task = { .run = wait_for_other } };
    struct bringing_task second = { .task = { .run = bring }, .to = &first };
    struct http_workers *w;

    sem_init(&first.came, 0, 0);
    sem_init(&first.done, 0, 0);
    assert_ok(http_workers_new(1, 10, &w));
    assert_ok(workers_add(w, &first.task));
    assert_ok(workers_add(w, &second.task));
    while (sem_wait(&first.done) != 0)
        ; /* interrupted */
    http_workers_free(w);
    assert_false(first.in_vain);
    sem_destroy(&first.came);
    sem_destroy(&first.done);
}

TEST(workers, waiting_means_nothing_to_other_threads)
{
    worker_wait_begin();
    worker_wait_end();
}
