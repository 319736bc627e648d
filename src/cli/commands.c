/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, the table of exit codes, and the way from argv to a command's function. */
#include "cli/commands.h"

#include "base/suggest.h"

const struct command *const commands[] = {
    &command_dev,   &command_env,    &command_token,  &command_init,    &command_serve,      &command_check,
    &command_admin, &command_backup, &command_verify, &command_version, &command_completion, &command_help,
    NULL,
};

const struct exit_code exit_codes[] = {
    { STATUS_OK, "It worked" },
    { STATUS_FAILURE, "It failed for a reason without a number of its own; the message says which" },
    { STATUS_USAGE, "The command line is wrong: an unknown command or option, or a value that can't be" },
    { STATUS_NO_SERVER, "No server answers" },
    { STATUS_PORT_IN_USE, "Another program listens on the port" },
    { STATUS_STORE,
      "The data folder can't be used: in use, not writable, full, damaged, or from a newer version" },
    { STATUS_CONFIGURATION, "The configuration file, or a file that it names, can't be used" },
    { STATUS_OK, NULL },
};

enum status unknown_command(const char *name)
{
    struct suggestion best = suggestion_for(str_from(name));
    const struct command *const *command;

    for (command = commands; *command; command++)
        suggestion_offer(&best, (*command)->name);
    fprintf(stderr, "latchkey: unknown command \"%s\"\n", name);
    if (best.name)
        fprintf(stderr, "  Did you mean \"latchkey %s\"?\n", best.name);
    else
        fprintf(stderr, "  \"latchkey help\" names them all.\n");
    return STATUS_USAGE;
}

static enum status usage_error(const struct command *command, const struct usage_fault *fault)
{
    fprintf(stderr, "latchkey %s: %s\n", command->name, fault->message);
    if (fault->hint[0])
        fprintf(stderr, "  %s\n", fault->hint);
    fprintf(stderr, "  \"latchkey help %s\" says more.\n", command->name);
    return STATUS_USAGE;
}

static enum status command_run(struct arena *a, const struct command *command, struct words words)
{
    struct arguments args = { .arena = a };
    struct usage_fault fault;
    enum err e = command_parse(command, words, &fault, &args);

    if (e == INVALID)
        return usage_error(command, &fault);
    if (e != OK) {
        fprintf(stderr, "latchkey: out of memory\n");
        return STATUS_FAILURE;
    }
    if (args.help) {
        help_write_command(stdout, command);
        return STATUS_OK;
    }
    return command->run(&args);
}

/* What people type before they know the commands. */
static const char *command_name(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

static enum status dispatch(struct arena *a, int argc, const char *const *argv)
{
    const struct command *command;

    if (argc < 2) {
        help_write(stderr);
        return STATUS_USAGE;
    }
    command = command_find(commands, command_name(argv[1]));
    if (!command)
        return unknown_command(argv[1]);
    return command_run(a, command, (struct words){ argv + 2, (size_t)argc - 2 });
}

enum status cli_run(int argc, const char *const *argv)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    enum status status;

    if (!a) {
        fprintf(stderr, "latchkey: out of memory\n");
        return STATUS_FAILURE;
    }
    status = dispatch(a, argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "latchkey: can't write to standard output\n");
    return status == STATUS_OK ? STATUS_FAILURE : status;
}
