/* SPDX-License-Identifier: Apache-2.0 */
/* Filling an empty store for production, once. */
#include "cli/commands.h"
#include "cli/credentials.h"
#include "server/master_key.h"

#include <stdio.h>
#include <unistd.h>

static const struct option options[] = {
    PRODUCTION_CONFIG,
    CREDENTIALS_OPTIONS,
    { NULL, NULL, NULL, false },
};

/* The file stays even when nothing comes of it: another init may have found it, and sealed a store with it.
 */
static enum status find_or_make_key(struct production *p)
{
    const char *file = p->configuration.master_key.file;
    enum err e = CONFLICT;

    if (file && access(file, F_OK) != 0)
        e = master_key_make(p->args->arena, file, &p->master_key);
    if (e == CONFLICT)
        return production_read_master_key(p);
    if (e == OK)
        return STATUS_OK;
    command_error(p->args, NULL, "the master key %s cannot be written: %s", file, err_name(e));
    return STATUS_CONFIGURATION;
}

static enum status install(struct production *p)
{
    struct server *server = NULL;
    enum status status = find_or_make_key(p);

    if (status == STATUS_OK)
        status = production_start(p, SERVER_INSTALL, &server);
    if (status == STATUS_OK) {
        printf("The store is ready for latchkey serve.\n\n");
        credentials_print(server_seeded(server));
        if (p->configuration.master_key.file)
            printf("\nKeep a copy of the master key %s apart from the backups of the store:\n"
                   "without it nobody can read them.\n",
                   p->configuration.master_key.file);
    }
    server_stop(server);
    return status;
}

static enum status init_run(const struct arguments *args)
{
    return credentials_run(args, "admin", install);
}

const struct command command_init = {
    .name = "init",
    .summary = "Fill an empty store for production",
    .details =
        "It makes the master key if the configuration names a file that is not there, creates the tables, an "
        "organization with its Administrators environment, an administrator and a worker that may do "
        "everything, and prints their secrets once. A store that was filled before is left as it is.",
    .example = "latchkey init --config /etc/latchkey/latchkey.yaml",
    .options = options,
    .run = init_run,
};
