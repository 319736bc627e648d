/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the database of a running server, or of one that is stopped. */
#include "cli/commands.h"
#include "store/store.h"

#include <stdio.h>

static const struct option options[] = {
    { "data", "DIR", "The folder to back up; its server may be running", false },
    { "to", "FILE", "The file to write; it must not be there yet", false },
    { NULL, NULL, NULL, false },
};

static enum status backup_run(const struct arguments *args)
{
    const char *data = argument_value(args, "data", NULL), *to = argument_value(args, "to", NULL);
    struct store_fault fault;
    enum err e;

    if (!data || !to) {
        command_error(args, "Write --data DIR --to FILE.", "what is to be backed up, and where to?");
        return STATUS_USAGE;
    }
    e = store_backup_sqlite(data, to, &fault);
    if (e != OK) {
        command_error(args, NULL, "%s", fault.message[0] ? fault.message : err_name(e));
        return e == NO_MEMORY || e == CONFLICT ? STATUS_FAILURE : STATUS_STORE;
    }
    printf("The database is in %s.\n"
           "The master key %s/master.key is not: keep a copy of it somewhere else.\n"
           "Without it nobody can open what is sealed in the backup.\n",
           to, data);
    return STATUS_OK;
}

const struct command command_backup = {
    .name = "backup",
    .summary = "Copy the database while the server runs",
    .details =
        "The copy holds every change that was answered before the command began. The file must not be there; "
        "it appears when it is whole, and only its owner may read it.\n\n"
        "To restore it, put it as latchkey.db into an empty folder, the master key beside it as master.key, "
        "and "
        "start a server on that folder. The master key is never part of a backup: who has both can read "
        "every "
        "secret.",
    .example = "latchkey backup --data ./latchkey-data --to ./latchkey-backup.db",
    .options = options,
    .run = backup_run,
};
