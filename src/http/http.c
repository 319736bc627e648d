/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a request carries: headers, forms, cookies, credentials. */
#include "http/http.h"

#include "base/encoding.h"

#include <ctype.h>
#include <strings.h>

static const struct http_header *find_header(const struct http_request *rq, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < rq->headers_n; i++)
        if (rq->headers[i].name.len == len && strncasecmp(rq->headers[i].name.p, name, len) == 0)
            return &rq->headers[i];
    return NULL;
}

struct str http_header(const struct http_request *rq, const char *name)
{
    const struct http_header *h = find_header(rq, name);

    return h ? h->value : STR_NONE;
}

size_t http_header_count(const struct http_request *rq, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < rq->headers_n; i++)
        n += str_is_nocase(rq->headers[i].name, name);
    return n;
}

enum err http_add_header(struct http_response *rs, const char *name, struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.p[i] == '\r' || value.p[i] == '\n' || value.p[i] == '\0')
            return INVALID;
    if (rs->headers_n == HTTP_RESPONSE_HEADERS_MAX)
        return TOO_LARGE;
    rs->headers[rs->headers_n++] = (struct http_header){ .name = str_from(name), .value = value };
    return OK;
}

struct str http_media_type(const struct http_request *rq)
{
    struct str type = http_header(rq, "Content-Type");

    return str_is_none(type) ? STR_NONE : str_trim(str_slice(type, 0, str_index(type, ';')));
}

size_t http_accept_first(const struct http_request *rq, const char *const *types)
{
    struct str list = http_header(rq, "Accept"), part;
    size_t n;

    while (str_next(&list, ',', &part)) {
        part = str_trim(str_slice(part, 0, str_index(part, ';')));
        for (n = 0; types[n]; n++)
            if (str_is_nocase(part, types[n]))
                return n;
    }
    for (n = 0; types[n];)
        n++;
    return n;
}

bool http_accepts_hal(const struct http_request *rq)
{
    static const char *const types[] = { "application/hal+json", "application/json", NULL };

    return http_accept_first(rq, types) == 0;
}

static enum err form_text(struct arena *a, struct str raw, struct str *ret)
{
    TRY(percent_decode(a, raw, true, ret));
    return str_is_utf8(*ret) && str_index(*ret, '\0') == ret->len ? OK : INVALID;
}

enum err http_form_parse(struct arena *a, struct str text, struct http_form *ret)
{
    struct http_form f = { .fields = ARENA_ARRAY(a, struct http_header, HTTP_FORM_FIELDS_MAX) };
    struct str rest = text.len ? text : STR_NONE, pair;

    if (!f.fields)
        return NO_MEMORY;
    while (str_next(&rest, '&', &pair)) {
        size_t at = str_index(pair, '=');

        if (pair.len == 0)
            continue;
        if (f.n == HTTP_FORM_FIELDS_MAX)
            return INVALID;
        TRY(form_text(a, str_slice(pair, 0, at), &f.fields[f.n].name));
        TRY(form_text(a, str_slice(pair, at + 1, pair.len), &f.fields[f.n].value));
        f.n++;
    }
    *ret = f;
    return OK;
}

struct str http_form_get(const struct http_form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_is(f->fields[i].name, name))
            return f->fields[i].value;
    return STR_NONE;
}

size_t http_form_count(const struct http_form *f, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += str_is(f->fields[i].name, name);
    return n;
}

enum err http_query(struct http_request *rq, const char *name, struct str *ret)
{
    struct http_form f;

    TRY(http_form_parse(rq->arena, rq->query, &f));
    *ret = http_form_get(&f, name);
    return OK;
}

bool http_is_cross_origin(const struct http_request *rq)
{
    struct str origin = http_header(rq, "Origin");
    size_t n = rq->scheme.len;

    if (str_is_none(origin))
        return false;
    return !str_eq(str_slice(origin, 0, n), rq->scheme) || !str_eq(str_slice(origin, n, 3), STR("://")) ||
           !str_eq(str_slice(origin, n + 3, origin.len), rq->authority);
}

struct str http_cookie(const struct http_request *rq, const char *name)
{
    for (size_t i = 0; i < rq->headers_n; i++) {
        struct str rest = rq->headers[i].value, pair;

        if (!str_is_nocase(rq->headers[i].name, "Cookie"))
            continue;
        while (str_next(&rest, ';', &pair)) {
            size_t at = str_index(pair, '=');

            if (str_is(str_trim(str_slice(pair, 0, at)), name))
                return str_trim(str_slice(pair, at + 1, pair.len));
        }
    }
    return STR_NONE;
}

/* What follows the scheme in Authorization. -> NOT_FOUND: another scheme; INVALID: several headers, nothing
 * behind */
static enum err credentials(const struct http_request *rq, const char *scheme, struct str *ret)
{
    struct str value = http_header(rq, "Authorization");
    size_t at = str_index(value, ' ');

    if (!str_is_nocase(str_slice(value, 0, at), scheme))
        return NOT_FOUND;
    *ret = str_trim(str_slice(value, at, value.len));
    return ret->len && http_header_count(rq, "Authorization") == 1 ? OK : INVALID;
}

enum err http_basic(struct http_request *rq, struct str *ret_name, struct str *ret_password)
{
    struct str text;
    size_t colon;

    TRY(credentials(rq, "Basic", &text));
    TRY(base64_decode(rq->arena, text, &text));
    colon = str_index(text, ':');
    if (colon == text.len || str_index(text, '\0') < text.len)
        return INVALID;
    *ret_name = str_slice(text, 0, colon);
    *ret_password = str_slice(text, colon + 1, text.len);
    return OK;
}

/* b64token of RFC 6750 2.1 */
static bool is_token_text(struct str s)
{
    static const bool fits[256] = {
        ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true, ['.'] = true,
        ['_'] = true,         ['~'] = true,         ['+'] = true,         ['/'] = true,
    };
    size_t n = 0;

    while (n < s.len && fits[(unsigned char)s.p[n]])
        n++;
    while (n < s.len && s.p[n] == '=')
        n++;
    return n == s.len;
}

enum err http_bearer(struct http_request *rq, struct str *ret)
{
    struct str token;

    TRY(credentials(rq, "Bearer", &token));
    if (!is_token_text(token))
        return INVALID;
    *ret = token;
    return OK;
}

enum err http_base_url(struct http_request *rq, struct str *ret)
{
    return str_printf(rq->arena, ret, "%.*s://%.*s", STR_FMT(rq->scheme), STR_FMT(rq->authority));
}
