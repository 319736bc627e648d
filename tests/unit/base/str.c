/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/buf.h"

TEST(str, splits_and_gives_empty_parts)
{
    struct str rest = STR("a,,b,"), part;

    assert_true(str_next(&rest, ',', &part));
    assert_str(part, "a");
    assert_true(str_next(&rest, ',', &part));
    assert_str(part, "");
    assert_true(str_next(&rest, ',', &part));
    assert_str(part, "b");
    assert_true(str_next(&rest, ',', &part));
    assert_str(part, "");
    assert_false(str_next(&rest, ',', &part));
}

TEST(str, reads_whole_numbers_up_to_both_ends)
{
    int64_t n;

    assert_ok(str_int(STR("9223372036854775807"), &n));
    assert_true(n == INT64_MAX);
    assert_ok(str_int(STR("-9223372036854775808"), &n));
    assert_true(n == INT64_MIN);
    assert_err(str_int(STR("9223372036854775808"), &n), INVALID);
    assert_err(str_int(STR("-9223372036854775809"), &n), INVALID);
    assert_err(str_int(STR(""), &n), INVALID);
    assert_err(str_int(STR("-"), &n), INVALID);
    assert_err(str_int(STR("1x"), &n), INVALID);
    assert_err(str_int(STR(" 1"), &n), INVALID);
}

TEST(str, knows_well_formed_utf8) /* RFC 3629 4 */
{
    static const char *const good[] = {
        "",
        "a",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\xed\x9f\xbf",
        "twelve bytes\xc3\xa9 and more",
    };
    static const char *const bad[] = { "\x80",
                                       "\xc0\x80",
                                       "\xc3",
                                       "\xe0\x80\x80",
                                       "\xed\xa0\x80",
                                       "\xff",
                                       "\xf4\x90\x80\x80",
                                       "\xe2\x82",
                                       "twelve bytes\x80 and more",
                                       "seven b\xff" };

    for (size_t i = 0; i < LENGTH(good); i++)
        assert_true(str_is_utf8(str_from(good[i])));
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(str_is_utf8(str_from(bad[i])));
    assert_int_equal(str_characters(STR("a\xc3\xa9\xf0\x9f\x98\x80")), 3);
}

TEST(buf, keeps_what_fits_its_limit_and_refuses_one_more)
{
    struct buf b = buf_make(test_arena(), 4);
    struct str got;

    buf_add(&b, STR("abcd"));
    assert_ok(buf_finish(&b, &got));
    assert_str(got, "abcd");
    buf_add_char(&b, 'e');
    assert_err(buf_finish(&b, &got), TOO_LARGE);
}

TEST(buf, grows_over_many_additions)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct str got;

    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%03d", i);
    assert_ok(buf_finish(&b, &got));
    assert_int_equal(got.len, 3000);
    assert_str(str_slice(got, 2997, 3), "999");
}

TEST(str, finds_a_word_of_a_list_as_a_whole)
{
    assert_true(str_list_has(STR("ab, c"), ',', STR("c")));
    assert_false(str_list_has(STR("ab, c"), ',', STR("a")));
    assert_false(str_list_has(STR_NONE, ',', STR("a")));
}

TEST(str, is_cut_into_characters)
{
    struct str rest = STR("a\u00e9\U0001f600"), c;

    assert_true(str_next_character(&rest, &c));
    assert_str(c, "a");
    assert_true(str_next_character(&rest, &c));
    assert_str(c, "\u00e9");
    assert_true(str_next_character(&rest, &c));
    assert_str(c, "\U0001f600");
    assert_false(str_next_character(&rest, &c));
}

TEST(str, is_joined_of_parts)
{
    const struct str parts[] = { STR("a"), STR_NONE, STR("bc") };
    struct str got;

    assert_ok(str_join(test_arena(), parts, LENGTH(parts), &got));
    assert_str(got, "abc");
    assert_ok(str_join(test_arena(), parts, 0, &got));
    assert_str(got, "");
}
