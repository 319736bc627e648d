/* SPDX-License-Identifier: Apache-2.0 */
/* Completion scripts for shells, made from the tables of commands and options. */
#include "cli/commands.h"

static const struct option no_options[] = { { .name = NULL } };

static const struct option *options_of(const struct command *command)
{
    return command->options ? command->options : no_options;
}

/* Words that "latchkey help" takes beside none. */
static void help_topics(FILE *f)
{
    const struct command *const *command;

    for (command = commands; *command; command++)
        fprintf(f, " %s", (*command)->name);
    fputs(" exit-codes", f);
}

/* What may follow a command that is no option. */
static void words_after(FILE *f, const struct command *command)
{
    if (command == &command_help)
        help_topics(f);
    if (command == &command_completion)
        fputs(" bash zsh fish", f);
}

static void options_write(FILE *f, const struct command *command)
{
    const struct option *option;

    for (option = options_of(command); option->name; option++)
        fprintf(f, "--%s ", option->name);
    fputs("--help", f);
}

static void write_bash(FILE *f)
{
    const struct command *const *command;

    fputs("# Completion of latchkey for bash: . <(latchkey completion bash)\n"
          "_latchkey() {\n"
          "    local words word=${COMP_WORDS[COMP_CWORD]}\n"
          "    case $COMP_CWORD:${COMP_WORDS[1]} in\n"
          "    1:*) words=\"",
          f);
    for (command = commands; *command; command++)
        fprintf(f, "%s ", (*command)->name);
    fputs("--help --version\" ;;\n", f);
    for (command = commands; *command; command++) {
        fprintf(f, "    *:%s) words=\"", (*command)->name);
        options_write(f, *command);
        words_after(f, *command);
        fputs("\" ;;\n", f);
    }
    fputs("    esac\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "}\n"
          "complete -o default -F _latchkey latchkey\n",
          f);
}

/* Text inside single quotes; a quote ends them, stands escaped, and opens them again. `colon` is escaped too.
 */
static void quoted(FILE *f, const char *text, bool colon)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\'", f);
        if (*text == ':' && colon)
            fputc('\\', f);
        fputc(*text, f);
    }
}

static void write_zsh_command(FILE *f, const struct command *command)
{
    const struct option *option;

    fprintf(f, "    %s)\n        choices=(", command->name);
    for (option = options_of(command); option->name; option++) {
        fprintf(f, "'--%s:", option->name);
        quoted(f, option->help, true);
        fputs("' ", f);
    }
    fputs("'--help:Show this text'", f);
    words_after(f, command);
    fputs(") ;;\n", f);
}

static void write_zsh(FILE *f)
{
    const struct command *const *command;

    fputs("#compdef latchkey\n"
          "# Completion of latchkey for zsh: latchkey completion zsh > \"${fpath[1]}/_latchkey\"\n"
          "local -a choices\n"
          "if (( CURRENT == 2 )); then\n"
          "    choices=(\n",
          f);
    for (command = commands; *command; command++) {
        fprintf(f, "        '%s:", (*command)->name);
        quoted(f, (*command)->summary, true);
        fputs("'\n", f);
    }
    fputs("    )\n"
          "    _describe command choices\n"
          "    return\n"
          "fi\n"
          "case $words[2] in\n",
          f);
    for (command = commands; *command; command++)
        write_zsh_command(f, *command);
    fputs("esac\n"
          "_describe option choices || _files\n",
          f);
}

static void write_fish_command(FILE *f, const struct command *command)
{
    const struct option *option;

    fprintf(f, "complete -c latchkey -n __fish_use_subcommand -f -a %s -d '", command->name);
    quoted(f, command->summary, false);
    fputs("'\n", f);
    for (option = options_of(command); option->name; option++) {
        fprintf(f, "complete -c latchkey -n '__fish_seen_subcommand_from %s' -l %s%s -d '", command->name,
                option->name, option->argument ? " -r" : "");
        quoted(f, option->help, false);
        fputs("'\n", f);
    }
}

static void write_fish_words(FILE *f, const struct command *command)
{
    fprintf(f, "complete -c latchkey -n '__fish_seen_subcommand_from %s' -f -a '", command->name);
    words_after(f, command);
    fputs("'\n", f);
}

static void write_fish(FILE *f)
{
    const struct command *const *command;

    fputs("# Completion of latchkey for fish: latchkey completion fish | source\n", f);
    for (command = commands; *command; command++)
        write_fish_command(f, *command);
    write_fish_words(f, &command_help);
    write_fish_words(f, &command_completion);
    fputs("complete -c latchkey -l help -d 'Show this text'\n", f);
}

static const struct shell {
    const char *name;
    void (*write)(FILE *f);
} shells[] = {
    { "bash", write_bash },
    { "zsh", write_zsh },
    { "fish", write_fish },
};

static enum status completion_run(const struct arguments *args)
{
    size_t i;

    for (i = 0; args->words_n > 0 && i < LENGTH(shells); i++) {
        if (strcmp(args->words[0], shells[i].name) == 0) {
            shells[i].write(stdout);
            return STATUS_OK;
        }
    }
    command_error(args, "Name one of bash, zsh and fish.",
                  args->words_n ? "no script for \"%s\"" : "no shell named%s",
                  args->words_n ? args->words[0] : "");
    return STATUS_USAGE;
}

const struct command command_completion = {
    .name = "completion",
    .summary = "Write a shell's completion script",
    .words = "bash|zsh|fish",
    .words_max = 1,
    .details =
        "The script goes to standard output. It knows this version's commands and options, so write it "
        "again after an update.",
    .example = ". <(latchkey completion bash)",
    .run = completion_run,
};
