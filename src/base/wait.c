/* SPDX-License-Identifier: Apache-2.0 */
/* A flag a thread. */
#include "base/wait.h"

static _Thread_local bool forbidden, wanted;

void wait_forbid(void)
{
    forbidden = true;
    wanted = false;
}

bool wait_allowed(void)
{
    wanted = wanted || forbidden;
    return !forbidden;
}

bool wait_was_wanted(void)
{
    forbidden = false;
    return wanted;
}
