/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of addresses (RFC 4632, RFC 4291 section 2.3). */
#ifndef HTTP_NETWORK_H
#define HTTP_NETWORK_H

#include "base/str.h"

struct network {
    unsigned char octets[16]; /* an IPv4 address stands in ::ffff:0:0/96 */
    unsigned bits;            /* of the prefix, as IPv6 counts: at least 96 for IPv4 */
};

/** "10.0.0.0/8", "fd00::/8", or one address. -> OK; INVALID: no address, or set bits behind the prefix */
enum err network_parse(struct str text, struct network *ret) MUST_CHECK;

/** Whether an address, as text, lies in it; a text that is none does not. */
bool network_has(const struct network *n, struct str address);

#endif
