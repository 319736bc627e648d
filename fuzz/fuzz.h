/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target shares: an arena a run, and a check that stops the fuzzer. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/buf.h"

#include <stdlib.h>

/** One input; libFuzzer calls it. -> 0 */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/** What a target does with an input. */
void target(struct arena *a, struct str input);

#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

#endif
