/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the database of a running server, or of one that is stopped. */
#include "cli/commands.h"
#include "cli/production.h"
#include "store/store.h"

#include <stdio.h>

static const struct option options[] = {
    { "config", "FILE", "The configuration file that names the folder to back up", false },
    { "data", "DIR", "The folder to back up; its server may be running", false },
    { "to", "FILE", "The file to write; it must not be there yet", false },
    { NULL, NULL, NULL, false },
};

/* What is backed up, and where its master key is: "the file X" or "the variable X". */
struct source {
    const char *folder;
    struct str key;
};

static enum status find_by_configuration(const struct arguments *args, struct source *ret)
{
    struct production p;
    const struct secret_source *key = &p.configuration.master_key;
    enum status status = production_read(args, &p);

    if (status != STATUS_OK)
        return status;
    if (store_is_url(p.configuration.store)) {
        command_error(args, "Use pg_dump, or archive its log: docs/data.md.",
                      "the store is a PostgreSQL database, which has tools of its own for its backups");
        return STATUS_USAGE;
    }
    ret->folder = p.configuration.store;
    return str_printf(args->arena, &ret->key, "%s %s", key->file ? "the file" : "the variable",
                      key->file ? key->file : key->variable) == OK
               ? STATUS_OK
               : STATUS_FAILURE;
}

static enum status find(const struct arguments *args, struct source *ret)
{
    ret->folder = argument_value(args, "data", NULL);
    if (!argument_given(args, "to") || !ret->folder == !argument_given(args, "config")) {
        command_error(args, "Write --config FILE or --data DIR, and --to FILE.",
                      "what is to be backed up, and where to?");
        return STATUS_USAGE;
    }
    if (!ret->folder)
        return find_by_configuration(args, ret);
    return str_printf(args->arena, &ret->key, "the file %s/master.key", ret->folder) == OK ? STATUS_OK
                                                                                           : STATUS_FAILURE;
}

static enum status backup_run(const struct arguments *args)
{
    const char *to = argument_value(args, "to", NULL);
    struct source from = { 0 };
    struct store_fault fault;
    enum status status = find(args, &from);
    enum err e;

    if (status != STATUS_OK)
        return status;
    e = store_backup_sqlite(from.folder, to, &fault);
    if (e != OK) {
        command_error(args, NULL, "%s", fault.message[0] ? fault.message : err_name(e));
        return e == NO_MEMORY || e == CONFLICT ? STATUS_FAILURE : STATUS_STORE;
    }
    printf("The database is in %s.\n"
           "The master key, in %.*s, is not: keep a copy of it somewhere else.\n"
           "Without it nobody can open what is sealed in the backup.\n",
           to, STR_FMT(from.key));
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
        "secret.\n\n"
        "A PostgreSQL database has tools of its own: pg_dump, and archives of its log.",
    .example = "latchkey backup --data ./latchkey-data --to ./latchkey-backup.db",
    .options = options,
    .run = backup_run,
};
