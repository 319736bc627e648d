/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/clock.h"

TEST(clock, writes_milliseconds_and_z)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(1627057174570, text);
    assert_string_equal(text, "2021-07-23T16:19:34.570Z");
}

TEST(clock, reads_what_rfc_3339_allows) /* RFC 3339 5.6 */
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2021-07-23T16:19:34.570Z", 1627057174570 },
        { "2021-07-23T18:19:34.57+02:00", 1627057174570 },
        { "2021-07-23T10:49:34.570999999-05:30", 1627057174570 },
        { "2024-02-29T00:00:00z", 1709164800000 },
    };
    int64_t ms;

    for (size_t i = 0; i < LENGTH(rows); i++) {
        assert_ok(clock_parse(str_from(rows[i].text), &ms));
        assert_int_equal(ms, rows[i].ms);
    }
}

TEST(clock, refuses_what_is_no_time)
{
    static const char *const rows[] = {
        "",
        "2021-07-23",
        "2021-07-23T16:19:34",
        "2021-07-23T24:00:00Z",
        "2021-07-23T16:60:00Z",
        "2021-02-29T00:00:00Z",
        "2021-13-01T00:00:00Z",
        "2021-00-01T00:00:00Z",
        "2021-07-23T16:19:34.Z",
        "2021-07-23T16:19:34.1234567890Z",
        "2021-07-23T16:19:34+2:00",
        "2021-07-23T16:19:34Zx",
        "-021-07-23T16:19:34Z",
    };
    int64_t ms;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(clock_parse(str_from(rows[i]), &ms), INVALID);
}
