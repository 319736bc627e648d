/* SPDX-License-Identifier: Apache-2.0 */
/* multipart/form-data (RFC 7578 in the syntax of RFC 2046 5.1). */
#include "http/multipart.h"

#include <ctype.h>

static const char token_marks[] = "!#$%&'*+-.^_`|~"; /* RFC 9110 5.6.2 */

static size_t token_length(struct str s)
{
    size_t n = 0;

    while (n < s.len && (isalnum((unsigned char)s.p[n]) || (s.p[n] && strchr(token_marks, s.p[n]))))
        n++;
    return n;
}

static struct str skip_blanks(struct str s)
{
    while (s.len && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = str_slice(s, 1, s.len);
    return s;
}

/* A quoted string at the start of `rest` (RFC 9110 5.6.4), decoded; `rest` goes on behind it. */
static enum err read_quoted(struct arena *a, struct str *rest, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    for (size_t i = 1; i < rest->len; i++) {
        unsigned char c = (unsigned char)rest->p[i];

        if (c == '"') {
            *rest = str_slice(*rest, i + 1, rest->len);
            buf_add_char(&b, '\0'); /* so that an empty text is one too */
            TRY(buf_finish(&b, ret));
            ret->len--;
            return OK;
        }
        if (c == '\\' && ++i == rest->len)
            return INVALID;
        c = (unsigned char)rest->p[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return INVALID;
        buf_add_char(&b, (char)c);
    }
    return INVALID;
}

struct parameter {
    struct str name, value;
};

/* ; name=value or ; name="value" at the start of `rest`. -> NOT_FOUND: nothing is left */
static enum err next_parameter(struct arena *a, struct str *rest, struct parameter *ret)
{
    size_t n;

    *rest = skip_blanks(*rest);
    if (!rest->len)
        return NOT_FOUND;
    if (rest->p[0] != ';')
        return INVALID;
    *rest = skip_blanks(str_slice(*rest, 1, rest->len));
    n = token_length(*rest);
    if (!n || n == rest->len || rest->p[n] != '=')
        return INVALID;
    ret->name = str_slice(*rest, 0, n);
    *rest = str_slice(*rest, n + 1, rest->len);
    if (rest->len && rest->p[0] == '"')
        return read_quoted(a, rest, &ret->value);
    n = token_length(*rest);
    ret->value = str_slice(*rest, 0, n);
    *rest = str_slice(*rest, n, rest->len);
    return n ? OK : INVALID;
}

/* A value of a header before its parameters: "form-data". */
static struct str leading_token(struct str *rest)
{
    size_t n = str_index(*rest, ';');
    struct str word = str_trim(str_slice(*rest, 0, n));

    *rest = str_slice(*rest, n, rest->len);
    return word;
}

/* A parameter that stands once. */
static enum err set_once(struct str *place, struct str value)
{
    if (!str_is_none(*place))
        return INVALID;
    *place = value;
    return OK;
}

static bool is_boundary(struct str s)
{
    if (!s.len || s.len > HTTP_BOUNDARY_MAX || s.p[s.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.p[i]) && (!s.p[i] || !strchr("'()+_,-./:=? ", s.p[i])))
            return false;
    return true;
}

static enum err find_boundary(struct arena *a, struct str content_type, struct str *ret)
{
    struct str rest = content_type, boundary = STR_NONE;
    struct parameter p;
    enum err e;

    if (!str_is_nocase(leading_token(&rest), "multipart/form-data"))
        return INVALID;
    while ((e = next_parameter(a, &rest, &p)) == OK)
        if (str_is_nocase(p.name, "boundary"))
            TRY(set_once(&boundary, p.value));
    if (e != NOT_FOUND)
        return e;
    if (!is_boundary(boundary))
        return INVALID;
    *ret = boundary;
    return OK;
}

static enum err read_disposition(struct arena *a, struct str value, struct http_part *part)
{
    struct parameter p;
    enum err e;

    if (!str_is_none(part->name) || !str_is_nocase(leading_token(&value), "form-data"))
        return INVALID;
    while ((e = next_parameter(a, &value, &p)) == OK) {
        if (str_is_nocase(p.name, "name"))
            TRY(set_once(&part->name, p.value));
        else if (str_is_nocase(p.name, "filename"))
            TRY(set_once(&part->file, p.value));
    }
    if (e != NOT_FOUND)
        return e;
    return part->name.len && str_is_utf8(part->name) ? OK : INVALID;
}

static enum err read_header(struct arena *a, struct str line, struct http_part *part)
{
    size_t n = token_length(line);
    struct str name = str_slice(line, 0, n), value;

    if (!n || n == line.len || line.p[n] != ':')
        return INVALID;
    value = str_trim(str_slice(line, n + 1, line.len));
    if (str_is_nocase(name, "Content-Disposition"))
        return read_disposition(a, value, part);
    if (str_is_nocase(name, "Content-Transfer-Encoding")) /* RFC 7578 4.7 */
        return str_is_nocase(value, "binary") || str_is_nocase(value, "8bit") || str_is_nocase(value, "7bit")
                   ? OK
                   : INVALID;
    return OK;
}

/* Where `needle` first stands; s.len when nowhere. */
static size_t find(struct str s, struct str needle)
{
    const char *at = memmem(s.p, s.len, needle.p, needle.len);

    return at ? (size_t)(at - s.p) : s.len;
}

/* The headers up to the empty line; `rest` goes on behind it. */
static enum err read_headers(struct arena *a, struct str *rest, struct http_part *part)
{
    for (size_t i = 0; i <= HTTP_PART_HEADERS_MAX; i++) {
        size_t n = find(*rest, STR("\r\n"));
        struct str line = str_slice(*rest, 0, n);

        if (n == rest->len || n > HTTP_PART_LINE_MAX)
            return INVALID;
        *rest = str_slice(*rest, n + 2, rest->len);
        if (!n)
            return str_is_none(part->name) ? INVALID : OK;
        TRY(read_header(a, line, part));
    }
    return INVALID;
}

/* What follows a delimiter: another part's line end, or "--" and the end. */
static enum err read_delimiter_end(struct str *rest, bool *ret_last)
{
    bool last = str_starts(*rest, STR("--"));

    if (last)
        *rest = str_slice(*rest, 2, rest->len);
    *rest = skip_blanks(*rest); /* RFC 2046 5.1.1, transport padding */
    *ret_last = last;
    if (last && !rest->len)
        return OK;
    if (!str_starts(*rest, STR("\r\n")))
        return INVALID;
    *rest = str_slice(*rest, 2, rest->len);
    return last && rest->len ? INVALID : OK;
}

static enum err add_part(struct http_multipart *m, struct http_part part)
{
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->parts[i].name, part.name))
            return INVALID;
    if (m->n == HTTP_PARTS_MAX)
        return INVALID;
    m->parts[m->n++] = part;
    return OK;
}

enum err http_multipart_parse(struct arena *a, struct str content_type, struct str body,
                              struct http_multipart *ret)
{
    struct http_multipart m = { .n = 0 };
    struct str boundary, delimiter, rest = body;
    bool last;

    TRY(find_boundary(a, content_type, &boundary));
    TRY(str_printf(a, &delimiter, "\r\n--%.*s", STR_FMT(boundary)));
    if (!str_starts(rest, str_slice(delimiter, 2, delimiter.len)))
        return INVALID;
    rest = str_slice(rest, delimiter.len - 2, rest.len);
    TRY(read_delimiter_end(&rest, &last));
    while (!last) {
        struct http_part part = { 0 };
        size_t n;

        TRY(read_headers(a, &rest, &part));
        n = find(rest, delimiter);
        if (n == rest.len)
            return INVALID;
        part.body = str_slice(rest, 0, n);
        rest = str_slice(rest, n + delimiter.len, rest.len);
        TRY(add_part(&m, part));
        TRY(read_delimiter_end(&rest, &last));
    }
    *ret = m;
    return OK;
}

const struct http_part *http_multipart_get(const struct http_multipart *m, const char *name)
{
    for (size_t i = 0; i < m->n; i++)
        if (str_is(m->parts[i].name, name))
            return &m->parts[i];
    return NULL;
}
