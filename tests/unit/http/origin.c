/* SPDX-License-Identifier: Apache-2.0 */
/* What corsSettings list, and what browsers send. */
#include "test.h"

#include "http/origin.h"

static const char label_of_63[] = "https://"
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                  ".example";

TEST(origin, takes_what_names_origins)
{
    static const char *const rows[] = {
        "http://localhost",
        "https://app.example.com",
        "https://app.example.com:8443",
        "http://127.0.0.1:1",
        "http://a:65535",
        "http://[::1]",
        "http://[2001:db8::7]:3000",
        "http://[0000:0000:0000:0000:0000:ffff:255.255.255.255]",
        "https://App_1.example.com",
        "https://*.example.com",
        "https://*.example.com:8443",
        "https://app-*.example.com",
        "https://a*b.example.com",
        "https://a.*.example.com",
        label_of_63,
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        if (!origin_is_pattern(str_from(rows[i])))
            fail_msg("refused: %s", rows[i]);
}

TEST(origin, refuses_what_names_none)
{
    static const char *const rows[] = {
        "",
        "null",
        "*",
        "app.example.com",
        "//app.example.com",
        "ftp://app.example.com",
        "HTTPS://app.example.com",
        "https:app.example.com",
        "https://",
        "https://:443",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?",
        "https://app.example.com#",
        "https://user@app.example.com",
        "https://app..example.com",
        "https://.example.com",
        "https://app.example.com.",
        "https://app example.com",
        "https://app.example.com:",
        "https://app.example.com:0",
        "https://app.example.com:65536",
        "https://app.example.com:+1",
        "https://app.example.com:1:1",
        "https://app.example.com:*",
        "https://[::1",
        "https://[::g]",
        "https://[]",
        "https://[0000:0000:0000:0000:0000:ffff:255.255.255.2555]",
        "https://[::1]x",
        "https://[*::1]",
        "https://*",
        "https://*.com",
        "https://*example.com",
        "https://app.*.com",
        "https://app.example.*",
        "https://*.*.example.com",
        "https://**.example.com",
        "https://*.0.0.1",
        "http*://app.example.com",
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        if (origin_is_pattern(str_from(rows[i])))
            fail_msg("taken: %s", rows[i]);
}

TEST(origin, refuses_what_is_too_long) /* RFC 1035 2.3.4 */
{
    char text[8 + 64 * 4 + 1];
    struct str s = { text, sizeof("https://") - 1 };

    memcpy(text, "https://", s.len);
    memset(text + s.len, 'a', 64);
    assert_true(origin_is_pattern((struct str){ text, s.len + 63 }));
    assert_false(origin_is_pattern((struct str){ text, s.len + 64 }));
    memset(text + s.len, 'a', sizeof(text) - s.len);
    for (size_t i = s.len + 50; i < sizeof(text); i += 50)
        text[i] = '.';
    assert_true(origin_is_pattern((struct str){ text, s.len + 253 }));
    assert_false(origin_is_pattern((struct str){ text, s.len + 254 }));
}

TEST(origin, matches_what_a_pattern_names)
{
    static const struct {
        const char *pattern, *origin;
        bool matches;
    } rows[] = {
        { "https://app.example.com", "https://app.example.com", true },
        { "https://App.Example.com", "https://app.example.com", true },
        { "https://app.example.com", "http://app.example.com", false },
        { "https://app.example.com", "https://app.example.com:8443", false },
        { "https://app.example.com", "https://app.example.co", false },
        { "https://app.example.com", "https://app.example.com.evil.example", false },
        { "https://*.example.com", "https://app.example.com", true },
        { "https://*.example.com", "https://a.b.example.com", true },
        { "https://*.example.com", "https://example.com", false },
        { "https://*.example.com", "https://.example.com", false },
        { "https://*.example.com", "https://evilexample.com", false },
        { "https://*.example.com", "https://evil.com/.example.com", false },
        { "https://*.example.com", "https://evil.com:1.example.com", false },
        { "https://*.example.com", "https://app.example.com:8443", false },
        { "https://*.example.com", "https://*.example.com", false },
        { "https://*.example.com:8443", "https://app.example.com:8443", true },
        { "https://*.example.com:8443", "https://app.example.com", false },
        { "https://app-*.example.com", "https://app-1.example.com", true },
        { "https://app-*.example.com", "https://app-.example.com", false },
        { "https://app-*.example.com", "https://web-1.example.com", false },
        { "null", "null", false }, /* a sandboxed frame of anybody */
        { "any text", "any text", false },
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        if (origin_matches(str_from(rows[i].pattern), str_from(rows[i].origin)) != rows[i].matches)
            fail_msg("%s and %s", rows[i].pattern, rows[i].origin);
}
