/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that a thread keeps from one password hash to the next. libsodium maps 19 MiB for each hash, and the
 * system fills them anew page by page: that takes longer than the hash. It has no way to be given memory, so
 * the program puts an mmap and a munmap of its own before the C library's, as one may (ELF symbol
 * preemption); for whoever keeps nothing they do what those do. Were libsodium to take its memory otherwise,
 * hashes would be as slow as without.
 */
#ifndef CRYPTO_HASH_MEMORY_H
#define CRYPTO_HASH_MEMORY_H

#include <stddef.h>

/** Until hash_memory_drop the calling thread keeps what its next hash is computed in, in large pages where
 * there are some. A thread that ends drops it before. */
void hash_memory_keep(void);

/** Keep nothing more, and give back what there is, with what the last hash has left in it. */
void hash_memory_drop(void);

/** How many octets the calling thread keeps. */
size_t hash_memory_size(void);

#endif
