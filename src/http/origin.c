/* SPDX-License-Identifier: Apache-2.0 */
/* Origins: a pattern is a text with at most one wildcard, so that matching is a prefix and a suffix. */
#include "http/origin.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, PORT_MAX = 65535, LABELS_BEHIND_WILDCARD = 2 };

static bool take_scheme(struct str *s)
{
    static const struct str schemes[] = { STR("http://"), STR("https://") };

    for (size_t i = 0; i < LENGTH(schemes); i++) {
        if (!str_starts(*s, schemes[i]))
            continue;
        *s = str_slice(*s, schemes[i].len, s->len);
        return true;
    }
    return false;
}

/* Nothing, or a colon and a number. */
static bool is_port(struct str s)
{
    int64_t n;

    if (!s.len)
        return true;
    return s.len > 1 && s.p[0] == ':' && isdigit((unsigned char)s.p[1]) &&
           str_int(str_slice(s, 1, s.len), &n) == OK && n > 0 && n <= PORT_MAX;
}

static bool is_ipv6(struct str s)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;

    if (s.len >= sizeof(text))
        return false;
    memcpy(text, s.p, s.len);
    return strlen(text) == s.len && inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_label(struct str s)
{
    if (!s.len || s.len > LABEL_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.p[i]) && !memchr("-_*", s.p[i], 3))
            return false;
    return true;
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isdigit((unsigned char)s.p[i]))
            return false;
    return true;
}

/* A wildcard stands alone, and for parts of a name only: an address ends in a number. */
static bool is_host(struct str s)
{
    struct str rest = s, label = STR_NONE;
    size_t star = str_index(s, '*'), behind = 0;

    if (!s.len || s.len > HOST_MAX || s.p[s.len - 1] == '.')
        return false;
    while (str_next(&rest, '.', &label)) {
        if (!is_label(label))
            return false;
        behind += label.p > s.p + star;
    }
    if (star == s.len)
        return true;
    return behind >= LABELS_BEHIND_WILDCARD && !is_number(label) &&
           str_index(str_slice(s, star + 1, s.len), '*') == s.len - star - 1;
}

bool origin_is_pattern(struct str s)
{
    size_t end;

    if (!take_scheme(&s))
        return false;
    if (s.len && s.p[0] == '[') {
        end = str_index(s, ']');
        return end < s.len && is_ipv6(str_slice(s, 1, end - 1)) && is_port(str_slice(s, end + 1, s.len));
    }
    end = str_index(s, ':');
    return is_host(str_slice(s, 0, end)) && is_port(str_slice(s, end, s.len));
}

/* Host names know no case. */
static bool is_same(struct str a, struct str b)
{
    return a.len == b.len && strncasecmp(a.p, b.p, a.len) == 0;
}

/* What a wildcard stands for lies in the host, since the origin is one and ends as the pattern does. */
bool origin_matches(struct str pattern, struct str origin)
{
    size_t star = str_index(pattern, '*');
    struct str end = str_slice(pattern, star + 1, pattern.len);

    if (!origin_is_pattern(origin) || str_index(origin, '*') < origin.len)
        return false;
    if (star == pattern.len)
        return is_same(pattern, origin);
    return origin.len > star + end.len && is_same(str_slice(pattern, 0, star), str_slice(origin, 0, star)) &&
           is_same(end, str_slice(origin, origin.len - end.len, end.len));
}
