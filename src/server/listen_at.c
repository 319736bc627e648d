/* SPDX-License-Identifier: Apache-2.0 */
/* Where to listen, as people write it. */
#include "server/server.h"

enum err listen_at_parse(struct arena *a, struct str text, struct listen_at *ret)
{
    size_t colon = text.len;
    int64_t port = -1;
    struct str host;
    char *address;

    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    host = str_slice(text, 0, colon ? colon - 1 : 0);
    if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
        host = str_slice(host, 1, host.len - 1);
    if (!host.len || str_int(str_slice(text, colon, text.len), &port) != OK || port < 0 || port > 65535)
        return INVALID;
    address = str_z(a, host);
    if (!address)
        return NO_MEMORY;
    *ret = (struct listen_at){ address, (uint16_t)port };
    return OK;
}

bool listen_at_is_loopback(const struct listen_at *at)
{
    return strncmp(at->address, "127.", 4) == 0 || strcmp(at->address, "::1") == 0;
}
