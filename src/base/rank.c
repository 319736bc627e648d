/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rank.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid /* glibc before 2.40 lacks the name */
#endif

enum {
    SLICE_NS = 100 * 1000, /* the least there is */
    BREAK_NS = 250 * 1000,
    LOW = 15,
};

/* struct sched_attr, version 0, which not every C library declares */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

void rank_prompt(void)
{
    const struct attributes a = { .size = sizeof(a), .policy = SCHED_OTHER, .runtime_ns = SLICE_NS };

    (void)!syscall(SYS_sched_setattr, 0, &a, 0);
}

void rank_low(void)
{
    (void)!setpriority(PRIO_PROCESS, (id_t)gettid(), LOW);
}

static void give_way(int signal UNUSED)
{
    sched_yield();
}

static void listen_for_breaks(void)
{
    const struct sigaction action = { .sa_handler = give_way, .sa_flags = SA_RESTART };

    sigaction(SIGRTMIN, &action, NULL);
}

void rank_breaks_begin(struct rank_breaks *b)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const struct itimerspec often = { { .tv_nsec = BREAK_NS }, { .tv_nsec = BREAK_NS } };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN };

    pthread_once(&once, listen_for_breaks);
    event.sigev_notify_thread_id = gettid();
    b->begun = timer_create(CLOCK_MONOTONIC, &event, &b->timer) == 0;
    if (b->begun)
        timer_settime(b->timer, 0, &often, NULL);
}

void rank_breaks_end(struct rank_breaks *b)
{
    if (b->begun)
        timer_delete(b->timer);
}
