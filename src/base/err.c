/* SPDX-License-Identifier: Apache-2.0 */
/* Names of errors. */
#include "base/err.h"

static const char *const names[ERR_COUNT] = {
    [OK] = "OK",
    [FAILED] = "FAILED",
    [INVALID] = "INVALID",
    [NOT_FOUND] = "NOT_FOUND",
    [CONFLICT] = "CONFLICT",
    [DENIED] = "DENIED",
    [TOO_LARGE] = "TOO_LARGE",
    [NO_MEMORY] = "NO_MEMORY",
    [NO_SPACE] = "NO_SPACE",
    [UNAVAILABLE] = "UNAVAILABLE",
    [IO] = "IO",
    [CORRUPT] = "CORRUPT",
};

const char *err_name(enum err e)
{
    return (unsigned)e < ERR_COUNT ? names[e] : "UNKNOWN";
}
