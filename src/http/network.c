/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as sixteen octets, so that both kinds compare alike. */
#include "http/network.h"

#include <arpa/inet.h>

enum { MAPPED_BITS = 96 };

static enum err parse_address(struct str text, unsigned char octets[16], bool *ret_is_four)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    char z[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(z))
        return INVALID;
    memcpy(z, text.p, text.len);
    z[text.len] = '\0';
    if (strlen(z) != text.len)
        return INVALID;
    *ret_is_four = inet_pton(AF_INET, z, octets + sizeof(mapped)) == 1;
    if (*ret_is_four)
        memcpy(octets, mapped, sizeof(mapped));
    return *ret_is_four || inet_pton(AF_INET6, z, octets) == 1 ? OK : INVALID;
}

static bool bit_is_set(const unsigned char *octets, unsigned i)
{
    return octets[i / 8] & 0x80u >> i % 8;
}

enum err network_parse(struct str text, struct network *ret)
{
    size_t slash = str_index(text, '/');
    struct network n = { .bits = 128 };
    int64_t bits = 0;
    bool is_four;

    TRY(parse_address(str_slice(text, 0, slash), n.octets, &is_four));
    if (slash < text.len) {
        TRY(str_int(str_slice(text, slash + 1, text.len), &bits));
        bits += is_four ? MAPPED_BITS : 0;
        if (bits < (is_four ? MAPPED_BITS : 0) || bits > 128)
            return INVALID;
        n.bits = (unsigned)bits;
    }
    for (unsigned i = n.bits; i < 128; i++)
        if (bit_is_set(n.octets, i))
            return INVALID;
    *ret = n;
    return OK;
}

bool network_has(const struct network *n, struct str address)
{
    unsigned char octets[16];
    bool is_four;

    if (parse_address(address, octets, &is_four) != OK)
        return false;
    for (unsigned i = 0; i < n->bits; i++)
        if (bit_is_set(octets, i) != bit_is_set(n->octets, i))
            return false;
    return true;
}
