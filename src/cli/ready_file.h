/* SPDX-License-Identifier: Apache-2.0 */
/* The ready file: where a running development server is, and its secrets. Mode 0600. */
#ifndef CLI_READY_FILE_H
#define CLI_READY_FILE_H

#include "cli/command.h"
#include "json/json.h"

/** Its members, in order, ended by NULL. */
extern const char *const ready_members[];

/** The place used unless another is named: in the user's runtime directory. -> OK; NO_MEMORY */
enum err ready_default_path(struct arena *a, struct str *ret) MUST_CHECK;

/** Make the folder of the default place, for its owner only. -> OK; DENIED; NO_MEMORY */
enum err ready_make_folder(struct arena *a) MUST_CHECK;

/**
 * Read the ready file that --ready-file names, or the default one, and check that its process still runs.
 * What is wrong is told to the person.
 * ->  STATUS_OK; STATUS_NO_SERVER; STATUS_FAILURE
 */
enum status ready_read(const struct arguments *args, const struct json **ret);

#endif
