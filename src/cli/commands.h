/* SPDX-License-Identifier: Apache-2.0 */
/* Every command of the program, and how it may end. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

#include <stdio.h>

extern const struct command command_admin;
extern const struct command command_backup;
extern const struct command command_check;
extern const struct command command_completion;
extern const struct command command_dev;
extern const struct command command_env;
extern const struct command command_help;
extern const struct command command_init;
extern const struct command command_serve;
extern const struct command command_token;
extern const struct command command_verify;
extern const struct command command_version;

/* In the order that help shows; NULL ends the table. */
extern const struct command *const commands[];

struct exit_code {
    enum status status;
    const char *meaning; /* a sentence without its period; NULL ends the table */
};

extern const struct exit_code exit_codes[];

/** Run the program: argv as main gets it. -> what the process exits with */
enum status cli_run(int argc, const char *const *argv);

/** Write the help of the whole program. */
void help_write(FILE *f);

/** Write the help of one command. */
void help_write_command(FILE *f, const struct command *command);

/** Write "unknown command NAME" and what may have been meant to standard error. -> STATUS_USAGE */
enum status unknown_command(const char *name);

#endif
