/* SPDX-License-Identifier: Apache-2.0 */
/* Help for who cannot get in any more, from the machine itself. */
#include "base/random.h"
#include "cli/commands.h"
#include "cli/credentials.h"

#include <stdio.h>

static const struct option options[] = {
    PRODUCTION_CONFIG,
    CREDENTIALS_OPTIONS,
    { NULL, NULL, NULL, false },
};

static enum status recover(struct production *p)
{
    struct server *server = NULL;
    enum status status = production_read_master_key(p);

    if (status == STATUS_OK)
        status = production_start(p, SERVER_RECOVER, &server);
    if (status == STATUS_OK) {
        printf("A new administrator and a new worker may do everything. What was there is as it was:\n"
               "remove whom you do not trust any more.\n\n");
        credentials_print(server_seeded(server));
    }
    server_stop(server);
    return status;
}

static enum status admin_run(const struct arguments *args)
{
    struct str random, name;

    if (args->words_n != 1 || strcmp(args->words[0], "recover") != 0) {
        command_error(args, "Write latchkey admin recover.", "what is to be done?");
        return STATUS_USAGE;
    }
    if (random_text(args->arena, 8, &random) != OK ||
        str_printf(args->arena, &name, "recovery-%.*s", STR_FMT(random)) != OK)
        return STATUS_FAILURE;
    return credentials_run(args, name.p, recover);
}

const struct command command_admin = {
    .name = "admin",
    .summary = "Give a locked-out operator access back",
    .words = "recover",
    .words_max = 1,
    .details = "It adds a new administrator and a new worker with full rights to the Administrators "
               "environment, and "
               "prints their secrets once. It needs the store and the master key, so that only who has the "
               "machine can "
               "run it. Stop the server first when the store is a folder.",
    .example = "latchkey admin recover --config /etc/latchkey/latchkey.yaml",
    .options = options,
    .run = admin_run,
};
