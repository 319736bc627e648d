/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "test.h"

static const struct option options[] = {
    { .name = "port", .argument = "N", .help = "Listen on this port" },
    { .name = "host", .argument = "NAME", .help = "Answer to this host name", .repeatable = true },
    { .name = "quiet", .help = "Say nothing" },
    { .name = NULL },
};

static const struct command command = { .name = "dev", .words_max = 2, .options = options };
static const struct command bare = { .name = "bare" };

static struct usage_fault fault;
static struct arguments args;

static enum err parse(const struct command *c, const char *const *words)
{
    size_t n = 0;

    while (words[n])
        n++;
    args = (struct arguments){ .arena = test_arena() };
    return command_parse(c, (struct words){ words, n }, &fault, &args);
}

#define PARSE(...) parse(&command, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_fault(const char *message, const char *hint)
{
    assert_string_equal(fault.message, message);
    assert_string_equal(fault.hint, hint);
}

TEST(parse, takes_an_option_with_a_blank_or_an_equals_sign)
{
    assert_ok(PARSE("--port", "1"));
    assert_string_equal(argument_value(&args, "port", NULL), "1");
    assert_ok(PARSE("--port=2"));
    assert_string_equal(argument_value(&args, "port", NULL), "2");
}

TEST(parse, keeps_an_empty_value_and_a_value_with_an_equals_sign)
{
    assert_ok(PARSE("--port="));
    assert_string_equal(argument_value(&args, "port", NULL), "");
    assert_ok(PARSE("--port=a=b"));
    assert_string_equal(argument_value(&args, "port", NULL), "a=b");
}

TEST(parse, takes_the_next_word_as_a_value_even_with_dashes)
{
    assert_ok(PARSE("--port", "--quiet"));
    assert_string_equal(argument_value(&args, "port", NULL), "--quiet");
    assert_false(argument_given(&args, "quiet"));
}

TEST(parse, says_what_was_not_given)
{
    assert_ok(parse(&command, (const char *const[]){ NULL }));
    assert_false(argument_given(&args, "quiet"));
    assert_null(argument_value(&args, "port", NULL));
    assert_string_equal(argument_value(&args, "port", "9443"), "9443");
}

TEST(parse, gives_repeated_values_in_order)
{
    size_t at = 0;

    assert_ok(PARSE("--host", "a", "--quiet", "--host=b"));
    assert_string_equal(argument_next(&args, "host", &at), "a");
    assert_string_equal(argument_next(&args, "host", &at), "b");
    assert_null(argument_next(&args, "host", &at));
    assert_true(argument_given(&args, "quiet"));
}

TEST(parse, refuses_an_option_given_twice)
{
    assert_err(PARSE("--port=1", "--port=1"), INVALID);
    assert_fault("--port is given twice", "");
    assert_err(PARSE("--quiet", "--quiet"), INVALID);
    assert_fault("--quiet is given twice", "");
}

TEST(parse, refuses_a_missing_value)
{
    assert_err(PARSE("--port"), INVALID);
    assert_fault("--port needs a value", "Write --port N.");
}

TEST(parse, refuses_a_value_for_a_flag)
{
    assert_err(PARSE("--quiet=yes"), INVALID);
    assert_fault("--quiet takes no value", "");
    assert_err(PARSE("--help=yes"), INVALID);
    assert_fault("--help takes no value", "");
}

TEST(parse, suggests_a_near_option)
{
    assert_err(PARSE("--prot=1"), INVALID);
    assert_fault("unknown option --prot", "Did you mean --port?");
    assert_err(PARSE("--frobnicate"), INVALID);
    assert_fault("unknown option --frobnicate", "");
}

TEST(parse, takes_as_many_words_as_the_command_has)
{
    assert_ok(PARSE("a", "-"));
    assert_int_equal(args.words_n, 2);
    assert_string_equal(args.words[1], "-");
    assert_err(PARSE("a", "b", "c"), INVALID);
    assert_fault("\"c\" is one word too many", "");
    assert_err(parse(&bare, (const char *const[]){ "a", NULL }), INVALID);
}

TEST(parse, takes_everything_after_two_dashes_as_words)
{
    assert_ok(PARSE("--", "--quiet", "--"));
    assert_int_equal(args.words_n, 2);
    assert_false(argument_given(&args, "quiet"));
    assert_ok(PARSE("--", "--help"));
    assert_false(args.help);
}

TEST(parse, stops_at_help)
{
    assert_ok(PARSE("--help", "--nonsense"));
    assert_true(args.help);
    assert_ok(PARSE("a", "-h"));
    assert_true(args.help);
}

TEST(parse, survives_a_name_that_is_longer_than_its_message)
{
    char name[600] = "--";

    memset(name + 2, 'x', sizeof(name) - 3);
    assert_err(PARSE(name), INVALID);
    assert_int_equal(strlen(fault.message), sizeof(fault.message) - 1);
}

TEST(number, is_within_its_bounds)
{
    static const struct number port = { 1, 65535, 9443 };
    int64_t n = -1;

    assert_ok(PARSE("--quiet"));
    assert_ok(argument_number(&args, "port", port, &n));
    assert_int_equal(n, 9443);
    assert_ok(PARSE("--port=1"));
    assert_ok(argument_number(&args, "port", port, &n));
    assert_int_equal(n, 1);
    assert_ok(PARSE("--port=65535"));
    assert_ok(argument_number(&args, "port", port, &n));
    assert_int_equal(n, 65535);
}

TEST(number, is_refused_outside_its_bounds_and_changes_nothing)
{
    static const char *const wrong[] = { "0", "65536", "", "x", "80x", "99999999999999999999" };
    static const struct number port = { 1, 65535, 9443 };
    int64_t n = -1;
    size_t i;

    for (i = 0; i < LENGTH(wrong); i++) {
        assert_ok(PARSE("--port", wrong[i]));
        assert_err(argument_number(&args, "port", port, &n), INVALID);
        assert_int_equal(n, -1);
    }
}

TEST(find, knows_whole_names_only)
{
    static const struct command *const table[] = { &command, &bare, NULL };

    assert_ptr_equal(command_find(table, "bare"), &bare);
    assert_null(command_find(table, "bar"));
    assert_null(command_find(table, "barely"));
    assert_ptr_equal(command_option(&command, "portal", 4), &options[0]);
    assert_null(command_option(&command, "por", 3));
    assert_null(command_option(&bare, "port", 4));
}
