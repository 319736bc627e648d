/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command is: a name, a table of options, a function. Parsing, help and completion all come from that.
 * A new command is one file here, its line in commands.c and one in meson.build.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/str.h"

/* How the program ends: published in `latchkey help exit-codes`, so numbers never change their meaning. */
enum status {
    STATUS_OK = 0,
    STATUS_FAILURE = 1,
    STATUS_USAGE = 2,
    STATUS_NO_SERVER = 3,
    STATUS_PORT_IN_USE = 4,
    STATUS_STORE = 5,
    STATUS_CONFIGURATION = 6,
};

struct option {
    const char *name;     /* "port", given as --port; NULL ends a table */
    const char *argument; /* "N": what help calls its value; NULL: a flag without one */
    const char *help;     /* a sentence without its period; any length, help breaks it */
    bool repeatable;
};

struct arguments;

struct command {
    const char *name;
    const char *summary; /* a sentence without its period, at most 60 characters */
    const char *words;   /* "[NAME]": how help shows the words that are no options; NULL: it takes none */
    size_t words_max;    /* how many it takes at most */
    const char *details; /* paragraphs for its help, parted by an empty line; NULL: none */
    const char *example; /* a command line for its help; NULL: none */
    const struct option *options; /* NULL: none but --help */
    enum status (*run)(const struct arguments *args);
};

struct given {
    const struct option *option;
    const char *value; /* NULL for a flag */
};

/* A command line that was read; its texts are those of argv. */
struct arguments {
    struct arena *arena; /* for what the command builds; set before command_parse */
    const struct command *command;
    bool help; /* --help was among them: nothing else counts */
    struct given *given;
    size_t given_n;
    const char **words;
    size_t words_n;
};

/* Some of argv. */
struct words {
    const char *const *items;
    size_t n;
};

/* What is wrong with a command line, for people. */
struct usage_fault {
    char message[256]; /* one sentence: unknown option --prot */
    char hint[128];    /* what to do: Did you mean --port? "" when unknown */
};

/** The command of that name in a table that NULL ends; NULL when there is none. */
const struct command *command_find(const struct command *const *commands, const char *name);

/** The option of that name (without dashes, up to `length` octets) that the command takes; NULL when there is
 * none. */
const struct option *command_option(const struct command *command, const char *name, size_t length);

/**
 * Read the words after a command's name: --option value, --option=value, --flag, words; after "--" only
 * words.
 *
 * words  texts that outlive the result
 * fault  filled when the answer is INVALID
 * ret    its arena is set by the caller and owns its lists
 * ->     OK; INVALID: unknown option, value missing or too many, option twice, too many words; NO_MEMORY
 */
enum err command_parse(const struct command *command, struct words words, struct usage_fault *fault,
                       struct arguments *ret) MUST_CHECK;

/** Whether an option was given. `name` must be in the command's table. */
bool argument_given(const struct arguments *args, const char *name);

/** The value of an option, or `otherwise` when it was not given. `name` must be in the command's table. */
const char *argument_value(const struct arguments *args, const char *name, const char *otherwise);

/** The next value of a repeatable option: start with *at = 0. -> NULL: there are no more */
const char *argument_next(const struct arguments *args, const char *name, size_t *at);

/* A number that an option takes: its bounds, and what it is when the option is not given. */
struct number {
    int64_t least, most, otherwise;
};

/**
 * The value of an option as a whole number. Writes the message for the person who typed it.
 * ->  OK; INVALID: not a number, or out of bounds
 */
enum err argument_number(const struct arguments *args, const char *name, struct number number,
                         int64_t *ret) MUST_CHECK;

/** Write "latchkey COMMAND: what went wrong" and an indented line with what to do (NULL: none) to standard
 * error. */
void command_error(const struct arguments *args, const char *hint, const char *format, ...) PRINTF(3, 4);

#endif
