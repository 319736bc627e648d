/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/rank.h"
#include "http/server.h"
#include "http/workers.h"

#include <pthread.h>
#include <sched.h>
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

struct counting_task {
    struct task task;
    sem_t done;
    int cores;
};

static void count_cores(struct task *t)
{
    struct counting_task *c = (struct counting_task *)(void *)t;
    cpu_set_t mine;

    sched_getaffinity(0, sizeof(mine), &mine);
    c->cores = CPU_COUNT(&mine);
    sem_post(&c->done);
}

/* As event loops do, which stay on one core. */
static void *start_from_one_core(void *arg)
{
    struct counting_task *c = arg;
    struct http_workers *w;

    rank_bind(0);
    if (http_workers_new(1, 1, &w) == OK) {
        if (workers_add(w, &c->task) == OK)
            while (sem_wait(&c->done) != 0)
                ;
        http_workers_free(w);
    }
    return NULL;
}

TEST(workers, have_all_cores_whoever_starts_them)
{
    struct counting_task c = { .task = { .run = count_cores } };
    pthread_t loop;

    sem_init(&c.done, 0, 0);
    assert_int_equal(pthread_create(&loop, NULL, start_from_one_core, &c), 0);
    pthread_join(loop, NULL);
    assert_int_equal(c.cores, rank_cores());
    sem_destroy(&c.done);
}
