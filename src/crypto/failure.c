/* SPDX-License-Identifier: Apache-2.0 */
/* The library's error queue. */
#include "crypto/failure.h"

#include <openssl/err.h>
#include <stdbool.h>

/* Empty it. -> whether memory was short */
static bool drain(void)
{
    bool was_short = false;

    for (unsigned long code = ERR_get_error(); code; code = ERR_get_error())
        was_short = was_short || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    return was_short;
}

enum err failure_of(enum err e)
{
    return drain() && e != OK ? NO_MEMORY : e;
}

void failure_sift(void)
{
    if (drain())
        ERR_raise(ERR_LIB_NONE, ERR_R_MALLOC_FAILURE);
}
