/* SPDX-License-Identifier: Apache-2.0 */
/* Networks, and whom what a proxy says is taken from. */
#include "test.h"

#include "http/forwarded.h"

static bool holds(const char *network, const char *address)
{
    struct network n;

    assert_ok(network_parse(str_from(network), &n));
    return network_has(&n, str_from(address));
}

TEST(network, holds_what_its_prefix_says)
{
    assert_true(holds("10.1.0.0/16", "10.1.255.255"));
    assert_false(holds("10.1.0.0/16", "10.2.0.0"));
    assert_false(holds("10.1.0.0/16", "10.0.255.255"));
    assert_true(holds("192.0.2.7", "192.0.2.7"));
    assert_false(holds("192.0.2.7", "192.0.2.6"));
    assert_true(holds("fd00::/8", "fdff::1"));
    assert_false(holds("fd00::/8", "fe00::1"));
    assert_true(holds("::1", "::1"));
    assert_false(holds("10.1.0.0/16", ""));
    assert_false(holds("10.1.0.0/16", "client"));
}

TEST(network, takes_an_ipv4_address_in_ipv6_for_what_it_is)
{
    assert_true(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_false(holds("10.0.0.0/8", "::10.1.2.3"));
}

TEST(network, refuses_what_is_no_network)
{
    static const char *const bad[] = { "",          "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "fd00::/129",
                                       "localhost", "10.0.0.0/",   "10.0.0/8",    "/8",         "fd00::1/8" };
    struct network n;

    for (size_t i = 0; i < LENGTH(bad); i++)
        if (network_parse(str_from(bad[i]), &n) != INVALID)
            fail_msg("%s is taken", bad[i]);
}

/* A request over plain HTTP from `peer` with these fields, as the proxies 10.0.0.0/8 and ::1 are trusted. */
static struct http_request request(const char *peer, const struct http_header *headers, size_t n)
{
    static struct network trusted[2];
    struct trust t = { trusted, LENGTH(trusted) };
    struct http_request rq = { .arena = test_arena(),
                               .headers = headers,
                               .headers_n = n,
                               .scheme = STR("http"),
                               .authority = STR("inner:8080"),
                               .remote_ip = str_from(peer) };

    assert_ok(network_parse(STR("10.0.0.0/8"), &trusted[0]));
    assert_ok(network_parse(STR("::1"), &trusted[1]));
    assert_ok(forwarded_apply(&t, &rq));
    return rq;
}

static const struct http_header said[] = {
    { STR("x-forwarded-proto"), STR("https") },
    { STR("X-Forwarded-Host"), STR("id.example.com") },
    { STR("X-Forwarded-For"), STR("203.0.113.9") },
};

TEST(forwarded, is_believed_from_a_trusted_address)
{
    struct http_request rq = request("10.9.8.7", said, LENGTH(said));

    assert_str(rq.scheme, "https");
    assert_str(rq.authority, "id.example.com");
    assert_str(rq.remote_ip, "203.0.113.9");
}

TEST(forwarded, is_ignored_from_anybody_else)
{
    struct http_request rq = request("192.0.2.1", said, LENGTH(said));

    assert_str(rq.scheme, "http");
    assert_str(rq.authority, "inner:8080");
    assert_str(rq.remote_ip, "192.0.2.1");
}

/* The client writes what it likes at the beginning; the proxies add at the end. */
TEST(forwarded, finds_the_client_behind_its_own_proxies)
{
    const struct http_header chain[] = { { STR("X-Forwarded-For"), STR("198.51.100.1, 203.0.113.9") },
                                         { STR("X-Forwarded-For"), STR("10.0.0.2,10.0.0.3") } };
    const struct http_header own[] = { { STR("X-Forwarded-For"), STR("10.0.0.2, 10.0.0.3") } };
    const struct http_header broken[] = { { STR("X-Forwarded-For"), STR("203.0.113.9, unknown, 10.0.0.3") } };

    assert_str(request("10.0.0.4", chain, LENGTH(chain)).remote_ip, "203.0.113.9");
    assert_str(request("10.0.0.4", own, LENGTH(own)).remote_ip, "10.0.0.2");
    assert_str(request("10.0.0.4", broken, LENGTH(broken)).remote_ip, "10.0.0.3");
}

TEST(forwarded, takes_the_word_of_the_nearest_proxy)
{
    const struct http_header twice[] = { { STR("X-Forwarded-Proto"), STR("https") },
                                         { STR("X-Forwarded-Proto"), STR("https, http") },
                                         { STR("X-Forwarded-Host"), STR("evil.example, id.example.com") } };
    const struct http_header odd[] = { { STR("X-Forwarded-Proto"), STR("gopher") },
                                       { STR("X-Forwarded-Host"), STR("") } };

    assert_str(request("::1", twice, LENGTH(twice)).scheme, "http");
    assert_str(request("::1", twice, LENGTH(twice)).authority, "id.example.com");
    assert_str(request("::1", odd, LENGTH(odd)).scheme, "http");
    assert_str(request("::1", odd, LENGTH(odd)).authority, "inner:8080");
}
