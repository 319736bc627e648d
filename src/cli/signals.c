/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <signal.h>

static void fill(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

void signals_hold(void)
{
    sigset_t set;

    fill(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int signals_wait(void)
{
    sigset_t set;
    int number = SIGTERM;

    fill(&set);
    sigwait(&set, &number);
    return number;
}

void signals_let_kill(void)
{
    sigset_t set;

    signal(SIGHUP, SIG_IGN);
    fill(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
