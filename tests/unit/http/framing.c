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
    };

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_non_null(fault(rows[i], 3, STR("/"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 0, STR("/"), STR("HTTP/1.1")));
}

TEST(framing, refuses_other_targets_and_versions)
{
    assert_non_null(fault(host, 1, STR("*"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("http://a/"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR(""), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/\0x"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/\xff"), STR("HTTP/1.1")));
    assert_non_null(fault(host, 1, STR("/"), STR("HTTP/2.0")));
}

TEST(framing, takes_the_port_off_a_host)
{
    assert_str(framing_host_name(STR("localhost:80")), "localhost");
    assert_str(framing_host_name(STR("[::1]:80")), "[::1]");
    assert_str(framing_host_name(STR("a.example")), "a.example");
}
