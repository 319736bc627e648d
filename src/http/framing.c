/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict framing. What the HTTP library lets pass and another server on the way may read differently is
 * refused here, by what it says (framing_fault) and by where it stands (framing_gap).
 */
#include "http/framing.h"

#include <ctype.h>

enum { PORT_DIGITS_MAX = 5 };

static size_t count(const struct framing *f, const char *name, struct str *ret_value)
{
    size_t n = 0;

    for (size_t i = 0; i < f->headers_n; i++) {
        if (!str_is_nocase(f->headers[i].name, name))
            continue;
        *ret_value = f->headers[i].value;
        n++;
    }
    return n;
}

/* The number must also fit: what nobody can count to is no length. */
static bool is_number(struct str s)
{
    int64_t n;

    return s.len && isdigit((unsigned char)s.p[0]) && str_int(s, &n) == OK;
}

/* RFC 9110 5.6.2; a blank before the colon is no part of it (RFC 9112 5.1) */
static bool is_token(struct str s)
{
    static const bool fits[256] = {
        ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,  ['#'] = true,
        ['$'] = true,         ['%'] = true,         ['&'] = true,         ['\''] = true, ['*'] = true,
        ['+'] = true,         ['-'] = true,         ['.'] = true,         ['^'] = true,  ['_'] = true,
        ['`'] = true,         ['|'] = true,         ['~'] = true,
    };

    for (size_t i = 0; i < s.len; i++)
        if (!fits[(unsigned char)s.p[i]])
            return false;
    return s.len > 0;
}

/* How many octets from the start on are neither control characters nor beyond ASCII, looked at eight at a
 * time: the others may be allowed too. */
static size_t printable_length(struct str s)
{
    const uint64_t ones = 0x0101010101010101, high = ones << 7;
    size_t n = 0;
    uint64_t eight;

    for (; s.len - n >= sizeof(eight); n += sizeof(eight)) {
        memcpy(&eight, s.p + n, sizeof(eight));
        /* below a blank the subtraction borrows, from 0x7f on the addition carries into the high bit */
        if (((eight - ones * ' ') | (eight + ones) | eight) & high)
            break;
    }
    return n;
}

/* RFC 9110 5.5: no control characters but the tab */
static bool is_value(struct str s)
{
    for (size_t i = printable_length(s); i < s.len; i++)
        if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

static const char *headers_fault(const struct framing *f)
{
    for (size_t i = 0; i < f->headers_n; i++) {
        if (!is_token(f->headers[i].name))
            return "The name of a header field is malformed.";
        if (!is_value(f->headers[i].value))
            return "The value of a header field has characters that are not allowed.";
    }
    return NULL;
}

static const char *length_fault(const struct framing *f)
{
    struct str length = STR_NONE, encoding = STR_NONE;
    size_t lengths = count(f, "Content-Length", &length),
           encodings = count(f, "Transfer-Encoding", &encoding);

    if (lengths > 1)
        return "Content-Length stands more than once.";
    if (lengths && !is_number(length))
        return "Content-Length is not a number.";
    if (encodings > 1)
        return "Transfer-Encoding stands more than once.";
    if (encodings && lengths)
        return "Content-Length and Transfer-Encoding stand together.";
    if (encodings && !str_is(f->version, "HTTP/1.1"))
        return "Transfer-Encoding needs HTTP/1.1."; /* RFC 9112 6.1 */
    if (encodings && !str_is_nocase(encoding, "chunked"))
        return "The Transfer-Encoding is not supported.";
    return NULL;
}

static bool has_only(struct str s, const char *signs)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.p[i]) && (!s.p[i] || !strchr(signs, s.p[i])))
            return false;
    return true;
}

/* ":443"; the empty port is one too (RFC 3986 3.2.3) */
static bool is_port(struct str s)
{
    struct str digits = str_slice(s, 1, s.len);

    if (s.len == 0)
        return true;
    return s.p[0] == ':' && digits.len <= PORT_DIGITS_MAX && (digits.len == 0 || is_number(digits));
}

/* Its text becomes part of links, so that names are held to letters, digits, '-', '.' and '_'. */
static bool is_host(struct str s)
{
    struct str name = framing_host_name(s), inner = name;
    bool bracketed = name.len > 2 && name.p[0] == '[' && name.p[name.len - 1] == ']';

    if (bracketed)
        inner = str_slice(name, 1, name.len - 2);
    return inner.len > 0 && has_only(inner, bracketed ? ":." : "-._") &&
           is_port(str_slice(s, name.len, s.len));
}

static const char *target_fault(struct str target)
{
    if (target.len == 0 || target.p[0] != '/')
        return "The request target is not a path.";
    if (!is_value(target) || str_index(target, ' ') < target.len || str_index(target, '\t') < target.len ||
        !str_is_utf8(target))
        return "The request target has characters that are not allowed.";
    return NULL;
}

const char *framing_fault(const struct framing *f)
{
    struct str host = STR_NONE;
    size_t hosts = count(f, "Host", &host);
    const char *fault = target_fault(f->target);

    if (!str_is(f->version, "HTTP/1.1") && !str_is(f->version, "HTTP/1.0"))
        return "The HTTP version is not supported.";
    if (!fault)
        fault = headers_fault(f);
    if (fault)
        return fault;
    if (hosts != 1)
        return hosts ? "Host stands more than once." : "Host is missing.";
    if (!is_host(host))
        return "Host is malformed.";
    return length_fault(f);
}

/* Between name and value: the colon, by now a NUL, and blanks. */
static bool is_colon(const char *from, const char *to)
{
    if (to <= from || *from)
        return false;
    while (++from < to && (*from == ' ' || *from == '\t'))
        ;
    return from == to;
}

/* Line ends that the library has written NULs over. */
static bool is_cut(const char *p, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        if (p[i])
            return false;
    return true;
}

const char *framing_gap(const struct framing *f, const struct framing_place *place)
{
    static const char fault[] = "The request's head has characters that are not allowed.";
    const size_t line_end = strlen("\r\n");
    const char *end = place->method + place->octets, *next = f->version.p + f->version.len + line_end;

    if (place->target != place->method + strlen(place->method) + 1 ||
        place->version != place->target + f->target.len + 1)
        return fault;
    for (size_t i = 0; i < f->headers_n; i++) {
        const struct http_header *h = &f->headers[i];

        if (h->name.p != next || !is_colon(h->name.p + h->name.len, h->value.p))
            return fault;
        next = h->value.p + h->value.len + line_end;
    }
    /* a line that begins with a NUL would be taken for the empty one */
    return next + line_end == end && is_cut(next - line_end, 2 * line_end) ? NULL : fault;
}

struct str framing_host_name(struct str host)
{
    size_t end = host.len && host.p[0] == '[' ? str_index(host, ']') + 1 : str_index(host, ':');

    return str_slice(host, 0, end);
}
