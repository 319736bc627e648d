/* SPDX-License-Identifier: Apache-2.0 */
/* Small files of the data folder: keys and certificates. */
#ifndef SERVER_FILES_H
#define SERVER_FILES_H

#include "base/str.h"

/** A whole file, up to 1 MiB, in secret memory. -> OK; NOT_FOUND; DENIED; TOO_LARGE; IO; NO_MEMORY */
enum err file_read(struct arena *a, const char *path, struct str *ret) MUST_CHECK;

/** The first line of a file, without its end. -> as file_read */
enum err file_read_line(struct arena *a, const char *path, struct str *ret) MUST_CHECK;

/** Write a file that only its owner may read, whole or not at all. -> OK; DENIED; NO_SPACE; IO; NO_MEMORY */
enum err file_write(struct arena *a, const char *path, struct str content) MUST_CHECK;

/** As file_write, unless there is a file of that name already. -> also CONFLICT: there is, and it stays */
enum err file_write_new(struct arena *a, const char *path, struct str content) MUST_CHECK;

#endif
