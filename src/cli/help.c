/* SPDX-License-Identifier: Apache-2.0 */
/* Help, made from the tables of commands, options and exit codes. */
#include "cli/commands.h"
#include "cli/terminal.h"

enum { MARGIN = 2, GAP = 2 };

static const struct option option_help = { .name = "help", .help = "Show this text" };

static size_t wider(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* A name in the left column, its text broken in the right one. */
static void entry(FILE *f, const char *name, size_t width, const char *text)
{
    fprintf(f, "%*s%-*s%*s", MARGIN, "", (int)width, name, GAP, "");
    terminal_wrapped(f, MARGIN + width + GAP, text);
}

static void commands_write(FILE *f)
{
    const struct command *const *command;
    size_t width = 0;

    for (command = commands; *command; command++)
        width = wider(width, strlen((*command)->name));
    terminal_heading(f, "Commands:");
    for (command = commands; *command; command++)
        entry(f, (*command)->name, width, (*command)->summary);
}

void help_write(FILE *f)
{
    fputs("Latchkey: a self-hosted identity platform with the PingOne Platform API.\n\n", f);
    fputs("Usage: latchkey COMMAND [OPTIONS]\n\n", f);
    commands_write(f);
    fputs("\n\"latchkey help COMMAND\" says more about one of them, \"latchkey help exit-codes\"\n"
          "what the program's exit codes mean.\n",
          f);
}

static size_t option_width(const struct option *option)
{
    return strlen("--") + strlen(option->name) + (option->argument ? 1 + strlen(option->argument) : 0);
}

static void option_write(FILE *f, const struct option *option, size_t width)
{
    char text[512], left[64];

    snprintf(left, sizeof(left), "--%s%s%s", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    snprintf(text, sizeof(text), "%s%s", option->help, option->repeatable ? " (may be repeated)" : "");
    entry(f, left, width, text);
}

static void options_write(FILE *f, const struct command *command)
{
    const struct option *option;
    size_t width = option_width(&option_help);

    for (option = command->options; option && option->name; option++)
        width = wider(width, option_width(option));
    terminal_heading(f, "Options:");
    for (option = command->options; option && option->name; option++)
        option_write(f, option, width);
    option_write(f, &option_help, width);
}

void help_write_command(FILE *f, const struct command *command)
{
    fprintf(f, "Usage: latchkey %s [OPTIONS]%s%s\n\n%s.\n\n", command->name, command->words ? " " : "",
            command->words ? command->words : "", command->summary);
    if (command->details) {
        terminal_wrapped(f, 0, command->details);
        fputc('\n', f);
    }
    options_write(f, command);
    if (command->example) {
        fputc('\n', f);
        terminal_heading(f, "Example:");
        fprintf(f, "%*s%s\n", MARGIN, "", command->example);
    }
}

static void exit_codes_write(FILE *f)
{
    const struct exit_code *code;
    char number[8];

    terminal_heading(f, "Exit codes:");
    for (code = exit_codes; code->meaning; code++) {
        snprintf(number, sizeof(number), "%d", (int)code->status);
        entry(f, number, 1, code->meaning);
    }
    fputs("\nA number never changes its meaning; new ones may be added.\n", f);
}

static enum status help_run(const struct arguments *args)
{
    const struct command *command;

    if (args->words_n == 0) {
        help_write(stdout);
        return STATUS_OK;
    }
    if (strcmp(args->words[0], "exit-codes") == 0) {
        exit_codes_write(stdout);
        return STATUS_OK;
    }
    command = command_find(commands, args->words[0]);
    if (!command)
        return unknown_command(args->words[0]);
    help_write_command(stdout, command);
    return STATUS_OK;
}

const struct command command_help = {
    .name = "help",
    .summary = "Show help for the program, a command, or exit-codes",
    .words = "[COMMAND|exit-codes]",
    .words_max = 1,
    .run = help_run,
};
