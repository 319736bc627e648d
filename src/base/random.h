/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's random octets. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/str.h"

/** Fill p with n octets nobody can guess. Aborts the process if the kernel has none to give. */
void random_bytes(void *p, size_t n);

/** An unguessable text of `n` octets' worth in base64url, for secrets, codes and cookies. -> OK; NO_MEMORY */
enum err random_text(struct arena *a, size_t n, struct str *ret) MUST_CHECK;

#endif
