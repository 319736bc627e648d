/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rank.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SLICE_NS = 100 * 1000, /* the least there is */
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
