/* SPDX-License-Identifier: Apache-2.0 */
/* The edges of the rules; that each of them is in force is said by tests/api. */
#include "test.h"

#include "model/password_policy.h"

enum { LENGTH_MAX = 255 };

/* The rules that a password breaks, each with a blank before it. */
static const char *broken(struct password_policy p, const char *password, const char *user,
                          const char *current)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    const struct json *document = NULL, *inner;
    struct str members, text;

    p.length_max = p.length_max ? p.length_max : LENGTH_MAX;
    if (user)
        assert_ok(json_parse(test_arena(), str_from(user), NULL, &document));
    assert_ok(password_policy_check(test_arena(), &p, str_from(password), document,
                                    current ? str_from(current) : STR_NONE, &members));
    if (str_is_none(members))
        return "";
    assert_ok(str_printf(test_arena(), &text, "{%.*s}", STR_FMT(members)));
    assert_ok(json_parse(test_arena(), text, NULL, &inner));
    json_each (m, json_get(inner, "unsatisfiedRequirements")) {
        struct str name = json_str(m.value);

        assert_true(json_path_str(inner, str_z(test_arena(), name)).len > 0); /* each has its sentence */
        buf_printf(&b, " %.*s", STR_FMT(name));
    }
    assert_ok(buf_finish(&b, &text));
    return str_z(test_arena(), text);
}

#define POLICY(...) ((struct password_policy){ __VA_ARGS__ })

struct row {
    const char *password, *breaks;
};

static void check(struct password_policy p, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(broken(p, rows[i].password, NULL, NULL), rows[i].breaks) != 0)
            fail_msg("%s breaks%s", rows[i].password, broken(p, rows[i].password, NULL, NULL));
}

TEST(password_policy, without_rules_takes_everything)
{
    static const struct row rows[] = { { "", "" }, { "aaaaaaaa", "" }, { "password", "" } };

    check(POLICY(.id = { { 0 } }), rows, LENGTH(rows));
}

TEST(password_policy, counts_characters_where_it_asks_for_a_length)
{
    static const struct row rows[] = { { "\u00e9\u00e9\u00e9", " length" },
                                       { "\u00e9\u00e9\u00e9\u00e9", "" },
                                       { "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600", "" },
                                       { "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600x", " length" } };

    check(POLICY(.length_min = 4, .length_max = 5), rows, LENGTH(rows));
}

TEST(password_policy, sees_repeated_characters_of_many_octets)
{
    static const struct row rows[] = { { "\u00e9\u00e9", "" },
                                       { "\u00e9\u00e9\u00e9", " maxRepeatedCharacters" },
                                       { "\u00e9\u00e8\u00e9\u00e8\u00e9\u00e8", "" },
                                       { "x\U0001f600\U0001f600\U0001f600", " maxRepeatedCharacters" },
                                       { "aaAAaa", "" } };

    check(POLICY(.max_repeated = 2), rows, LENGTH(rows));
}

TEST(password_policy, counts_different_characters_of_many_octets_once)
{
    static const struct row rows[] = { { "\u00e9\u00e8\u00e9\u00e8", " minUniqueCharacters" },
                                       { "\u00e9\u00e8\u00ea", "" },
                                       { "ab\u00e9", "" },
                                       { "aab", " minUniqueCharacters" },
                                       { "aAb", "" },
                                       { "", " minUniqueCharacters" } };

    check(POLICY(.min_unique = 3), rows, LENGTH(rows));
}

TEST(password_policy, counts_a_character_for_each_class_that_has_it)
{
    static const struct row rows[] = { { "a1", "" }, { "aa", " minCharacters" }, { "11", " minCharacters" } };

    check(POLICY(.classes = { { STR("abc"), 1 }, { STR("0123"), 1 } }, .classes_n = 2), rows, LENGTH(rows));
}

TEST(password_policy, follows_a_sequence_without_case_and_in_one_direction)
{
    static const struct row rows[] = { { "aBc", "" },
                                       { "aBcD", " alphabetSequenceRule" },
                                       { "dCbA", " alphabetSequenceRule" },
                                       { "abcba", "" },
                                       { "abcabc", "" },
                                       { "xyzabc",
                                         "" }, /* the end of the alphabet is no neighbour of its begin */
                                       { "ab-cd", "" },
                                       { "dcb-ba", "" } };

    check(POLICY(.alphabet_max = 3), rows, LENGTH(rows));
}

TEST(password_policy, takes_single_letters_for_no_sequence)
{
    static const struct row rows[] = { { "a", "" }, { "aa", "" }, { "ab", " alphabetSequenceRule" } };

    check(POLICY(.alphabet_max = 1), rows, LENGTH(rows));
}

/* 26^11 texts of small letters are tried within 5 days, 36^11 of small letters and digits are not. */
TEST(password_policy, counts_the_kinds_of_letters_for_its_complexity)
{
    static const struct row rows[] = { { "xkqjvzmwpfh", " minComplexity" },
                                       { "xkqjvzmwpf7", "" },
                                       { "", " minComplexity" } };

    check(POLICY(.min_complexity = 5), rows, LENGTH(rows));
}

TEST(password_policy, takes_any_length_for_complex_enough_at_last)
{
    char text[LENGTH_MAX + 1] = "";

    memset(text, 'x', LENGTH_MAX);
    assert_string_equal(broken(POLICY(.min_complexity = INT64_MAX), text, NULL, NULL), "");
}

TEST(password_policy, finds_similarity_within_two_edits)
{
    static const struct {
        const char *password, *current, *breaks;
    } rows[] = { { "horse-staple", "horse-staple", " notSimilarToCurrent" },
                 { "horse-staple", "horse-staXXe", " notSimilarToCurrent" },
                 { "horse-staple", "horse-stXXXe", "" },
                 { "horse-staple", NULL, "" } };

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_string_equal(broken(POLICY(.not_similar = true), rows[i].password, NULL, rows[i].current),
                            rows[i].breaks);
}

TEST(password_policy, looks_for_profile_data_of_four_letters_and_more_without_case)
{
    static const char user[] = "{\"username\":\"ada\",\"nickname\":\"Lady\",\"name\":{\"family\":\"Byron\"}}";
    static const struct row rows[] = { { "my-lady-7", " excludesProfileData" },
                                       { "7BYRON", " excludesProfileData" },
                                       { "ada-ada-ada", "" },
                                       { "lad", "" } };

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_string_equal(broken(POLICY(.no_profile_data = true), rows[i].password, user, NULL),
                            rows[i].breaks);
}

TEST(password_policy, needs_no_profile)
{
    assert_string_equal(broken(POLICY(.no_profile_data = true), "my-lady-7", NULL, NULL), "");
}
