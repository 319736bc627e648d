/* SPDX-License-Identifier: Apache-2.0 */
/* The file that holds the master key: one line, for its owner alone. */
#ifndef SERVER_MASTER_KEY_H
#define SERVER_MASTER_KEY_H

#include "crypto/secretbox.h"

/** Read it. -> OK; NOT_FOUND; INVALID: it holds none; DENIED; IO; NO_MEMORY */
enum err master_key_read(struct arena *a, const char *path, struct master_key *ret) MUST_CHECK;

/** Draw a key and write it to a new file. -> OK; CONFLICT: there is a file, and it stays; DENIED; NO_SPACE;
 * IO; NO_MEMORY */
enum err master_key_make(struct arena *a, const char *path, struct master_key *ret) MUST_CHECK;

#endif
