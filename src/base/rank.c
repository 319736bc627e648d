/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rank.h"

#include "base/clock.h"

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

static void take_rank(int32_t nice, uint64_t slice_ns)
{
    const struct attributes a = {
        .size = sizeof(a), .policy = SCHED_OTHER, .nice = nice, .runtime_ns = slice_ns
    };

    (void)!syscall(SYS_sched_setattr, 0, &a, 0);
}

/* As nice as the program was started. */
static int nice_now(void)
{
    return getpriority(PRIO_PROCESS, 0);
}

void rank_prompt(void)
{
    take_rank(nice_now(), SLICE_NS);
}

static cpu_set_t all_cores(void)
{
    cpu_set_t all;

    CPU_ZERO(&all);
    (void)!sched_getaffinity(getpid(), sizeof(all), &all);
    return all;
}

unsigned rank_cores(void)
{
    cpu_set_t all = all_cores();

    return (unsigned)CPU_COUNT(&all);
}

void rank_bind(unsigned i)
{
    cpu_set_t all = all_cores(), one;
    unsigned left = CPU_COUNT(&all) ? i % (unsigned)CPU_COUNT(&all) : 0, core = 0;

    while (core < CPU_SETSIZE && (!CPU_ISSET(core, &all) || left--))
        core++;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    (void)!sched_setaffinity(0, sizeof(one), &one);
}

void rank_unbind(void)
{
    cpu_set_t all = all_cores();

    (void)!sched_setaffinity(0, sizeof(all), &all);
}

/* Who gives way forfeits the slice: it is as short as what was used of it. */
void rank_low(void)
{
    take_rank(nice_now() > LOW ? nice_now() : LOW, BREAK_NS);
}

/* A break that came due while the thread waited for a core is none: it would wait again without having run.
 */
static void give_way(int signal UNUSED)
{
    static _Thread_local int64_t began_ns; /* after the last break */
    int64_t now_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);

    if (now_ns - began_ns < BREAK_NS / 2)
        return;
    began_ns = now_ns;
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
