/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "http/framing.h"

#define H(name, value)                                                                                       \
    {                                                                                                        \
        { name, sizeof(name) - 1 },                                                                          \
        {                                                                                                    \
            value, sizeof(value) - 1                                                                         \
        }                                                                                                    \
    }

static const char *fault(const struct http_header *headers, size_t n, struct str target, struct str version)
{
    const struct framing f = { headers, n, target, version };

    return framing_fault(&f);
}

static const struct http_header host[] = { H("Host", "localhost:9080") };

TEST(framing, takes_an_ordinary_request)
{
    const struct http_header body[] = { H("host", "localhost"), H("content-length", "10") };
    const struct http_header chunked[] = { H("Host", "localhost"), H("Transfer-Encoding", "Chunked") };

    assert_null(fault(host, 1, STR("/v1/x?y=z"), STR("HTTP/1.1")));
    assert_null(fault(body, 2, STR("/"), STR("HTTP/1.0")));
    assert_null(fault(chunked, 2, STR("/"), STR("HTTP/1.1")));
}

TEST(framing, refuses_what_can_be_read_two_ways) /* RFC 9112 6.3 */
{
    static const struct http_header rows[][3] = {
        { H("Host", "a"), H("Content-Length", "1"), H("Content-Length", "2") },
        { H("Host", "a"), H("Content-Length", "1"), H("Content-Length", "1") },
        { H("Host", "a"), H("Content-Length", "1"), H("Transfer-Encoding", "chunked") },
        { H("Host", "a"), H("Transfer-Encoding", "chunked"), H("Transfer-Encoding", "chunked") },
        { H("Host", "a"), H("Transfer-Encoding", "gzip, chunked"), H("X", "") },
        { H("Host", "a"), H("Content-Length", "-1"), H("X", "") },
        { H("Host", "a"), H("Content-Length", "1x"), H("X", "") },
        { H("Host", "a"), H("Content-Length", ""), H("X", "") },
        { H("Host", "a"), H("Host", "a"), H("X", "") },
        { H("Host", "a"), H("Host", "b"), H("X", "") },
        { H("Host", ""), H("X", ""), H("X", "") },
        { H("Host", "a/b"), H("X", ""), H("X", "") },
        { H("Host", "a b"), H("X", ""), H("X", "") },
        { H("Host", "u@a"), H("X", ""), H("X", "") },
        { H("Host", "a:80x"), H("X", ""), H("X", "") },
        { H("Host", "a:123456"), H("X", ""), H("X", "") },
        { H("Host", "[::1]a"), H("X", ""), H("X", "") },
        { H("Host", "[::1"), H("X", ""), H("X", "") },
        { H("Host", "[]"), H("X", ""), H("X", "") },
        { H("Host", ":80"), H("X", ""), H("X", "") },
        { H("Host", "a"), H("Content-Length", "+1"), H("X", "") },
        { H("Host", "a"), H("Content-Length", "1, 1"), H("X", "") },
        { H("Host", "a"), H("Content-Length", "9223372036854775808"), H("X", "") },
        { H("Host", "a"), H("Transfer-Encoding", "chunked, chunked"), H("X", "") },
        { H("Host", "a"), H("Transfer-Encoding", ""), H("X", "") },
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_non_null(fault(rows[i], 3, STR("/"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 0, STR("/"), STR("HTTP/1.1")));
}

TEST(framing, takes_hosts_with_and_without_a_port)
{
    static const char *const rows[] = { "a",     "a.example:",    "a-b_c.example:65535",
                                        "[::1]", "[fe80::1]:443", "127.0.0.1:1" };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        const struct http_header h[] = { { STR("Host"), str_from(rows[i]) } };

        assert_null(fault(h, 1, STR("/"), STR("HTTP/1.1")));
    }
}

TEST(framing, refuses_names_and_values_that_hide_something) /* RFC 9112 5.1, RFC 9110 5.5 */
{
    static const struct http_header rows[][2] = {
        { H("Host", "a"), H("Content-Length ", "1") },
        { H("Host", "a"), H(" Host", "b") },
        { H("Host", "a"), H("", "b") },
        { H("Host", "a"), H("X\0", "b") },
        { H("Host", "a"), H("X(", "b") },
        { H("Host", "a"), H("X", "a\rY: b") },
        { H("Host", "a"), H("X", "a\0b") },
        { H("Host", "a"), H("X", "a\x7f") },
    };
    const struct http_header fine[] = { H("Host", "a"), H("X-!#$%&'*+-.^_`|~1", "\t a \xe9 ~") };

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_non_null(fault(rows[i], 2, STR("/"), STR("HTTP/1.1")));
    assert_null(fault(fine, 2, STR("/"), STR("HTTP/1.1")));
}

TEST(framing, finds_a_control_character_wherever_it_stands_in_a_value) /* RFC 9110 5.5 */
{
    static const char bad[] = { '\0', '\x01', '\n', '\r', '\x1f', '\x7f' };
    static const char good[] = { '\t', ' ', '~', '\x80', '\xff' };
    char value[] = "a value that is longer than any word";
    struct http_header h[] = { H("Host", "a"), { STR("X"), { value, sizeof(value) - 1 } } };

    for (size_t i = 0; i < sizeof(value) - 1; i++) {
        char was = value[i];

        for (size_t k = 0; k < sizeof(bad); k++) {
            value[i] = bad[k];
            assert_non_null(fault(h, 2, STR("/"), STR("HTTP/1.1")));
        }
        for (size_t k = 0; k < sizeof(good); k++) {
            value[i] = good[k];
            assert_null(fault(h, 2, STR("/"), STR("HTTP/1.1")));
        }
        value[i] = was;
    }
}

TEST(framing, refuses_chunks_before_http_1_1) /* RFC 9112 6.1 */
{
    const struct http_header chunked[] = { H("Host", "a"), H("Transfer-Encoding", "chunked") };

    assert_non_null(fault(chunked, 2, STR("/"), STR("HTTP/1.0")));
}

/* A head with one header, cut up as the library does it; '_' stands for what it left NUL. */
static const char *gap_in(char *head, struct http_header h)
{
    const struct framing f = { &h, 1, { head + 4, 2 }, { head + 7, 8 } };
    const struct framing_place place = { head, head + 4, head + 7, strlen(head) };

    for (char *p = head; *p; p++)
        if (*p == '_')
            *p = '\0';
    return framing_gap(&f, &place);
}

TEST(framing, refuses_a_head_with_gaps)
{
    char fine[] = "GET_/a_HTTP/1.1__X_ y____", tight[] = "GET_/a_HTTP/1.1__X_y____",
         nul[] = "GET_/a_HTTP/1.1__X_ y_z____", folded[] = "GET_/a_HTTP/1.1__X_ y__ z____",
         bare[] = "GET_/a_HTTP/1.1__X_ y__", target[] = "GET_/a_b HTTP/1.1__X_ y____",
         early[] = "GET_/a_HTTP/1.1___X_ y____", hidden[] = "GET_/a_HTTP/1.1__X_ y__:_";

    assert_null(gap_in(fine, (struct http_header){ { fine + 17, 1 }, { fine + 20, 1 } }));
    assert_null(gap_in(tight, (struct http_header){ { tight + 17, 1 }, { tight + 19, 1 } }));
    assert_non_null(gap_in(nul, (struct http_header){ { nul + 17, 1 }, { nul + 20, 1 } }));
    assert_non_null(gap_in(folded, (struct http_header){ STR("Xz"), { folded + 20, 1 } }));
    assert_non_null(gap_in(folded, (struct http_header){ { folded + 17, 1 }, { folded + 20, 1 } }));
    assert_non_null(gap_in(bare, (struct http_header){ { bare + 17, 1 }, { bare + 20, 1 } }));
    assert_non_null(gap_in(target, (struct http_header){ { target + 19, 1 }, { target + 22, 1 } }));
    assert_non_null(gap_in(hidden, (struct http_header){ { hidden + 17, 1 }, { hidden + 20, 1 } }));
    assert_non_null(gap_in(early, (struct http_header){ { early + 18, 1 }, { early + 21, 1 } }));
    assert_non_null(gap_in(fine, (struct http_header){ { fine + 17, 1 }, { fine, 0 } }));
}

TEST(framing, refuses_other_targets_and_versions)
{
    assert_non_null(fault(host, 1, STR("*"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("http://a/"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR(""), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/\0x"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/\xff"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/a b"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/a\x7f"), STR("HTTP/1.1")));
    assert_null(fault(host, 1, STR("/\xc3\xa9"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/"), STR("HTTP/2.0")));
}

TEST(framing, takes_the_port_off_a_host)
{
    assert_str(framing_host_name(STR("localhost:80")), "localhost");
    assert_str(framing_host_name(STR("[::1]:80")), "[::1]");
    assert_str(framing_host_name(STR("a.example")), "a.example");
}
