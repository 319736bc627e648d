/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/encoding.h"

TEST(base64, gives_the_rfc_vectors_back_and_forth) /* RFC 4648 10 */
{
    static const char *const rows[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };
    struct str got;

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_ok(base64_encode(test_arena(), str_from(rows[i][0]), &got));
        assert_str(got, rows[i][1]);
        assert_ok(base64_decode(test_arena(), got, &got));
        assert_str(got, rows[i][0]);
    }
}

TEST(base64, refuses_bad_text)
{
    static const char *const rows[] = { "Z", "Zg", "Zg=", "Zh==", "Zm9v=", "Z===", "====", "Zm 9", "Zm-_" };
    struct str got;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(base64_decode(test_arena(), str_from(rows[i]), &got), INVALID);
}

TEST(base64url, has_no_padding_and_its_own_alphabet)
{
    struct str got;

    assert_ok(base64url_encode(test_arena(), STR("\xfb\xff\xfe!"), &got));
    assert_str(got, "-__-IQ");
    assert_ok(base64url_decode(test_arena(), got, &got));
    assert_str(got, "\xfb\xff\xfe!");
}

TEST(base64url, refuses_padding_stray_bits_and_other_alphabets)
{
    static const char *const rows[] = { "IQ==", "IR", "-_+/", "I", "I Q" };
    struct str got;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(base64url_decode(test_arena(), str_from(rows[i]), &got), INVALID);
}

TEST(hex, goes_back_and_forth)
{
    struct str got;

    assert_ok(hex_encode(test_arena(), STR("\x01\xaf"), &got));
    assert_str(got, "01af");
    assert_ok(hex_decode(test_arena(), STR("01AF"), &got));
    assert_str(got, "\x01\xaf");
    assert_err(hex_decode(test_arena(), STR("0"), &got), INVALID);
    assert_err(hex_decode(test_arena(), STR("0g"), &got), INVALID);
}

TEST(percent, encodes_all_but_unreserved_characters) /* RFC 3986 2.3 */
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct str got;

    percent_encode(&b, STR("aZ9-._~ /\xc3\xa9"));
    assert_ok(buf_finish(&b, &got));
    assert_str(got, "aZ9-._~%20%2F%C3%A9");
}

TEST(percent, decodes_a_plus_only_in_forms)
{
    struct str got;

    assert_ok(percent_decode(test_arena(), STR("a+b%20c%2b"), true, &got));
    assert_str(got, "a b c+");
    assert_ok(percent_decode(test_arena(), STR("a+b%41"), false, &got));
    assert_str(got, "a+bA");
}

TEST(percent, refuses_half_an_escape)
{
    static const char *const rows[] = { "%", "%4", "%zz", "a%", "%%41" };
    struct str got;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(percent_decode(test_arena(), str_from(rows[i]), false, &got), INVALID);
}
