/* SPDX-License-Identifier: Apache-2.0 */
/* Text with its length. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool str_is(struct str a, const char *z)
{
    return str_eq(a, str_from(z));
}

bool str_is_nocase(struct str a, const char *z)
{
    return a.len == strlen(z) && (a.len == 0 || strncasecmp(a.p, z, a.len) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.p, b.p, common) : 0;

    if (order)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, suffix.len), suffix);
}

size_t str_index(struct str s, char c)
{
    const char *at = s.len ? memchr(s.p, c, s.len) : NULL;

    return at ? (size_t)(at - s.p) : s.len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
    while (s.len && is_blank(s.p[0]))
        s.p++, s.len--;
    while (s.len && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

struct str str_slice(struct str s, size_t from, size_t len)
{
    if (from >= s.len)
        return (struct str){ s.p ? s.p + s.len : NULL, 0 };
    if (len > s.len - from)
        len = s.len - from;
    return (struct str){ s.p + from, len };
}

bool str_next(struct str *rest, char sep, struct str *ret)
{
    size_t at;

    if (!rest->p)
        return false;
    at = str_index(*rest, sep);
    *ret = str_slice(*rest, 0, at);
    *rest = at < rest->len ? str_slice(*rest, at + 1, rest->len) : STR_NONE;
    return true;
}

bool str_list_has(struct str list, char sep, struct str word)
{
    struct str part;

    while (str_next(&list, sep, &part))
        if (str_eq(str_trim(part), word))
            return true;
    return false;
}

enum err str_int(struct str s, int64_t *ret)
{
    bool negative = s.len && s.p[0] == '-';
    int64_t n = 0;

    if (negative)
        s = str_slice(s, 1, s.len);
    if (s.len == 0)
        return INVALID;
    for (size_t i = 0; i < s.len; i++) {
        int digit = s.p[i] - '0';

        if (digit < 0 || digit > 9)
            return INVALID;
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, negative ? -digit : digit, &n))
            return INVALID;
    }
    *ret = n;
    return OK;
}

/* The length of the character at p, 0 when it is malformed (RFC 3629 4). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    static const struct {
        unsigned char first, last, low, high; /* lead octet's range, then the second octet's */
        unsigned length;
    } forms[] = {
        { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };

    for (size_t i = 0; i < LENGTH(forms); i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last)
            continue;
        if (forms[i].length > left)
            return 0;
        if (forms[i].length > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

/* How many octets from the start on are ASCII; those at the end may be left out. */
static size_t ascii_length(const char *p, size_t len)
{
    const uint64_t high = 0x8080808080808080;
    size_t n = 0;
    uint64_t eight;

    for (; len - n >= sizeof(eight); n += sizeof(eight)) {
        memcpy(&eight, p + n, sizeof(eight));
        if (eight & high)
            break;
    }
    return n;
}

bool str_is_utf8(struct str s)
{
    for (size_t i = s.len ? ascii_length(s.p, s.len) : 0, n; i < s.len; i += n) {
        n = utf8_length((const unsigned char *)s.p + i, s.len - i);
        if (n == 0)
            return false;
    }
    return true;
}

size_t str_characters(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

bool str_next_character(struct str *rest, struct str *ret)
{
    size_t n = 1;

    if (rest->len == 0)
        return false;
    while (n < rest->len && ((unsigned char)rest->p[n] & 0xc0) == 0x80)
        n++;
    *ret = str_slice(*rest, 0, n);
    *rest = str_slice(*rest, n, rest->len);
    return true;
}

char *str_z(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.len + 1);

    if (p && s.len)
        memcpy(p, s.p, s.len);
    return p;
}

enum err str_copy(struct arena *a, struct str s, struct str *ret)
{
    char *p = str_z(a, s);

    if (!p)
        return NO_MEMORY;
    *ret = (struct str){ p, s.len };
    return OK;
}

enum err str_join(struct arena *a, const struct str *parts, size_t n, struct str *ret)
{
    size_t len = 0, at = 0;
    char *p;

    for (size_t i = 0; i < n; i++)
        len += parts[i].len;
    p = arena_alloc(a, len + 1);
    if (!p)
        return NO_MEMORY;
    for (size_t i = 0; i < n; at += parts[i++].len)
        if (parts[i].len)
            memcpy(p + at, parts[i].p, parts[i].len);
    *ret = (struct str){ p, len };
    return OK;
}

enum err str_printf(struct arena *a, struct str *ret, const char *format, ...)
{
    va_list args;
    int len;
    char *p;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    p = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
    if (!p)
        return NO_MEMORY;
    va_start(args, format);
    vsnprintf(p, (size_t)len + 1, format, args);
    va_end(args);
    *ret = (struct str){ p, (size_t)len };
    return OK;
}
