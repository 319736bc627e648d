/* SPDX-License-Identifier: Apache-2.0 */
/* The first line is a network, each other one the value of X-Forwarded-For, -Proto and -Host: what is
 * believed is an address, a scheme, and from a trusted peer only. */
#include "fuzz.h"

#include "http/forwarded.h"

void target(struct arena *a, struct str input)
{
    static const char *const names[] = { "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host" };
    struct http_header headers[LENGTH(names)];
    struct network trusted = { .bits = 0 }, address;
    struct trust t = { &trusted, 1 };
    struct http_request rq = {
        .arena = a, .scheme = STR("http"), .remote_ip = STR("192.0.2.1"), .headers = headers
    };
    struct str rest = input, line;

    if (str_next(&rest, '\n', &line) && network_parse(line, &trusted) != OK)
        return;
    while (rq.headers_n < LENGTH(names) && str_next(&rest, '\n', &line)) {
        headers[rq.headers_n] = (struct http_header){ str_from(names[rq.headers_n]), line };
        rq.headers_n++;
    }
    MUST(forwarded_apply(&t, &rq) == OK);
    MUST(network_parse(rq.remote_ip, &address) == OK && address.bits == 128);
    MUST(str_is(rq.scheme, "http") || str_is(rq.scheme, "https"));
    if (!network_has(&trusted, STR("192.0.2.1")))
        MUST(str_is(rq.remote_ip, "192.0.2.1") && str_is(rq.scheme, "http") && !rq.authority.len);
}
