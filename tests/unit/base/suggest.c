/* SPDX-License-Identifier: Apache-2.0 */
#include "base/suggest.h"

#include "test.h"

static const struct {
    const char *a, *b;
    size_t distance;
} distances[] = {
    { "", "", 0 },
    { "", "abc", 3 },
    { "abc", "", 3 },
    { "help", "help", 0 },
    { "hlep", "help", 1 },
    { "hel", "help", 1 },
    { "helpp", "help", 1 },
    { "hemp", "help", 1 },
    { "versoin", "version", 1 },
    { "kitten", "sitting", 3 },
    { "dev", "env", 2 },
};

TEST(edit_distance, counts_added_removed_replaced_and_swapped_letters)
{
    size_t i;

    for (i = 0; i < LENGTH(distances); i++)
        assert_int_equal(edit_distance(str_from(distances[i].a), str_from(distances[i].b)),
                         distances[i].distance);
}

TEST(edit_distance, reads_64_octets_and_no_more)
{
    char text[65];

    memset(text, 'a', sizeof(text));
    assert_int_equal(edit_distance((struct str){ text, 64 }, (struct str){ text, 64 }), 0);
    assert_true(edit_distance((struct str){ text, 65 }, STR("a")) == SIZE_MAX);
    assert_true(edit_distance(STR("a"), (struct str){ text, 65 }) == SIZE_MAX);
}

static const char *suggested(const char *typed)
{
    static const char *const names[] = { "dev", "env", "token", "version", "completion" };
    struct suggestion s = suggestion_for(str_from(typed));
    size_t i;

    for (i = 0; i < LENGTH(names); i++)
        suggestion_offer(&s, names[i]);
    return s.name;
}

TEST(suggestion, is_the_nearest_name)
{
    assert_string_equal(suggested("tokn"), "token");
    assert_string_equal(suggested("evn"), "env");
}

TEST(suggestion, allows_one_wrong_letter_in_five_and_two_in_six)
{
    assert_string_equal(suggested("tokex"), "token");
    assert_null(suggested("toxex"));
    assert_string_equal(suggested("toxxen"), "token");
    assert_null(suggested("txxxen"));
}

TEST(suggestion, completes_three_letters_but_not_two)
{
    assert_string_equal(suggested("com"), "completion");
    assert_null(suggested("co"));
}
