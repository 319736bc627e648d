/* SPDX-License-Identifier: Apache-2.0 */
/* From libFuzzer's entry to the target. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    SCOPED(arena_freep) struct arena *a = arena_new(64 * 1024 * 1024);
    struct str input;

    /* a copy of its own length, so that reading behind it is seen */
    MUST(a && str_copy(a, (struct str){ (const char *)data, size }, &input) == OK);
    target(a, input);
    return 0;
}
