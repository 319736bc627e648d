/* SPDX-License-Identifier: Apache-2.0 */
/* Strict framing. */
#include "http/framing.h"

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

static bool is_number(struct str s)
{
    int64_t n;

    return s.len && s.p[0] != '-' && str_int(s, &n) == OK;
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
    if (encodings && !str_is_nocase(encoding, "chunked"))
        return "The Transfer-Encoding is not supported.";
    return NULL;
}

static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr("/?#@\\,\"<>", s.p[i]))
            return false;
    return s.len > 0;
}

const char *framing_fault(const struct framing *f)
{
    struct str host = STR_NONE;
    size_t hosts = count(f, "Host", &host);

    if (!str_is(f->version, "HTTP/1.1") && !str_is(f->version, "HTTP/1.0"))
        return "The HTTP version is not supported.";
    if (f->target.len == 0 || f->target.p[0] != '/')
        return "The request target is not a path.";
    if (str_index(f->target, '\0') < f->target.len || !str_is_utf8(f->target))
        return "The request target has characters that are not allowed.";
    if (hosts != 1)
        return hosts ? "Host stands more than once." : "Host is missing.";
    if (!is_host(host))
        return "Host is malformed.";
    return length_fault(f);
}

struct str framing_host_name(struct str host)
{
    size_t end = host.len && host.p[0] == '[' ? str_index(host, ']') + 1 : str_index(host, ':');

    return str_slice(host, 0, end);
}
