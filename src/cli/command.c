/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a command line by its command's table of options, as getopt_long would, but says what to do about a
 * fault. */
#include "cli/command.h"

#include "base/suggest.h"
#include "cli/terminal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { ERROR_SIZE = 2048 };

static const struct option help_option = { .name = "help", .help = "Show this text" };

const struct command *command_find(const struct command *const *commands, const char *name)
{
    for (; *commands; commands++)
        if (strcmp((*commands)->name, name) == 0)
            return *commands;
    return NULL;
}

const struct option *command_option(const struct command *command, const char *name, size_t length)
{
    const struct option *option = command->options;

    for (; option && option->name; option++)
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

/* What is being read. */
struct reading {
    const struct command *command;
    struct words words;
    size_t at;
    struct usage_fault *fault;
    struct arguments *args;
};

static void fault_set(struct usage_fault *fault, const char *format, ...) PRINTF(2, 3);
static void fault_set(struct usage_fault *fault, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(fault->message, sizeof(fault->message), format, values);
    va_end(values);
}

static enum err fault_unknown_option(const struct reading *r, const char *name, size_t length)
{
    const struct option *option = r->command->options;
    struct suggestion best = suggestion_for((struct str){ name, length });

    suggestion_offer(&best, help_option.name);
    for (; option && option->name; option++)
        suggestion_offer(&best, option->name);
    fault_set(r->fault, "unknown option --%.*s", (int)length, name);
    if (best.name)
        snprintf(r->fault->hint, sizeof(r->fault->hint), "Did you mean --%s?", best.name);
    return INVALID;
}

static bool was_given(const struct arguments *args, const struct option *option)
{
    size_t i;

    for (i = 0; i < args->given_n; i++)
        if (args->given[i].option == option)
            return true;
    return false;
}

static enum err option_add(struct reading *r, const struct option *option, const char *value)
{
    if (!option->repeatable && was_given(r->args, option)) {
        fault_set(r->fault, "--%s is given twice", option->name);
        return INVALID;
    }
    r->args->given[r->args->given_n++] = (struct given){ option, value };
    return OK;
}

static enum err option_add_with_value(struct reading *r, const struct option *option, const char *value)
{
    if (!value && r->at < r->words.n)
        value = r->words.items[r->at++];
    if (!value) {
        fault_set(r->fault, "--%s needs a value", option->name);
        snprintf(r->fault->hint, sizeof(r->fault->hint), "Write --%s %s.", option->name, option->argument);
        return INVALID;
    }
    return option_add(r, option, value);
}

/* `text` is what follows the two dashes. */
static enum err option_read(struct reading *r, const char *text)
{
    size_t length = strcspn(text, "=");
    const char *value = text[length] ? text + length + 1 : NULL;
    const struct option *option = command_option(r->command, text, length);

    if (!option && !str_is((struct str){ text, length }, help_option.name))
        return fault_unknown_option(r, text, length);
    if (option && option->argument)
        return option_add_with_value(r, option, value);
    if (!value)
        return option_add(r, option, NULL);
    fault_set(r->fault, "--%.*s takes no value", (int)length, text);
    return INVALID;
}

static enum err word_add(struct reading *r, const char *word)
{
    if (r->args->words_n == r->command->words_max) {
        fault_set(r->fault, "\"%s\" is one word too many", word);
        return INVALID;
    }
    r->args->words[r->args->words_n++] = word;
    return OK;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* A single "-" is a word: by custom it names standard input. */
static enum err word_read(struct reading *r, const char *word)
{
    if (strncmp(word, "--", 2) == 0)
        return option_read(r, word + 2);
    if (word[0] == '-' && word[1]) {
        fault_set(r->fault, "unknown option %s", word);
        return INVALID;
    }
    return word_add(r, word);
}

static enum err words_read(struct reading *r)
{
    bool options = true;

    while (r->at < r->words.n) {
        const char *word = r->words.items[r->at++];

        if (!options) {
            TRY(word_add(r, word));
            continue;
        }
        if (is_help(word)) {
            r->args->help = true;
            return OK;
        }
        options = strcmp(word, "--") != 0;
        if (options)
            TRY(word_read(r, word));
    }
    return OK;
}

enum err command_parse(const struct command *command, struct words words, struct usage_fault *fault,
                       struct arguments *ret)
{
    struct reading r = { command, words, 0, fault, ret };

    *fault = (struct usage_fault){ "", "" };
    *ret = (struct arguments){ .arena = ret->arena, .command = command };
    ret->given = ARENA_ARRAY(ret->arena, struct given, words.n);
    ret->words = ARENA_ARRAY(ret->arena, const char *, words.n);
    if (words.n > 0 && (!ret->given || !ret->words))
        return NO_MEMORY;
    return words_read(&r);
}

static const struct option *option_of(const struct arguments *args, const char *name)
{
    const struct option *option = command_option(args->command, name, strlen(name));

    assert(option);
    return option;
}

bool argument_given(const struct arguments *args, const char *name)
{
    return was_given(args, option_of(args, name));
}

const char *argument_value(const struct arguments *args, const char *name, const char *otherwise)
{
    size_t at = 0;
    const char *value = argument_next(args, name, &at);

    return value ? value : otherwise;
}

const char *argument_next(const struct arguments *args, const char *name, size_t *at)
{
    const struct option *option = option_of(args, name);

    while (*at < args->given_n) {
        const struct given *given = &args->given[(*at)++];

        if (given->option == option)
            return given->value;
    }
    return NULL;
}

enum err argument_number(const struct arguments *args, const char *name, struct number number, int64_t *ret)
{
    const char *text = argument_value(args, name, NULL);
    int64_t n = number.otherwise;

    if (text && (str_int(str_from(text), &n) != OK || n < number.least || n > number.most)) {
        command_error(args, NULL, "--%s must be a number from %lld to %lld, not \"%s\"", name,
                      (long long)number.least, (long long)number.most, text);
        return INVALID;
    }
    *ret = n;
    return OK;
}

void command_error(const struct arguments *args, const char *hint, const char *format, ...)
{
    char text[ERROR_SIZE];
    int head = snprintf(text, sizeof(text), "latchkey %s: ", args->command->name);
    va_list values;

    va_start(values, format);
    vsnprintf(text + head, sizeof(text) - (size_t)head, format, values);
    va_end(values);
    terminal_wrapped(stderr, 2, text);
    fputc('\n', stderr);
    if (!hint)
        return;
    fputs("  ", stderr);
    terminal_wrapped(stderr, 2, hint);
    fputc('\n', stderr);
}
