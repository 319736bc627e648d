/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects with answers. */
#include "oauth/redirect.h"

#include "base/encoding.h"
#include "page/page.h"

/* "http://127.0.0.1:8080/cb" -> what stands behind the port, when the host is loopback. */
static bool split_loopback(struct str uri, struct str *ret_host, struct str *ret_rest)
{
    static const struct str hosts[] = { { "http://127.0.0.1", 16 },
                                        { "http://[::1]", 12 },
                                        { "http://localhost", 16 } };

    for (size_t i = 0; i < LENGTH(hosts); i++) {
        struct str rest;
        size_t digits = 0;

        if (!str_starts(uri, hosts[i]))
            continue;
        rest = str_slice(uri, hosts[i].len, uri.len);
        if (rest.len && rest.p[0] == ':') {
            rest = str_slice(rest, 1, rest.len);
            while (digits < rest.len && rest.p[digits] >= '0' && rest.p[digits] <= '9')
                digits++;
            rest = str_slice(rest, digits, rest.len);
        }
        if (rest.len && rest.p[0] != '/' && rest.p[0] != '?')
            return false;
        *ret_host = hosts[i];
        *ret_rest = rest;
        return true;
    }
    return false;
}

static bool is_same_loopback(struct str registered, struct str uri)
{
    struct str host, other_host, rest, other_rest;

    return split_loopback(registered, &host, &rest) && split_loopback(uri, &other_host, &other_rest) &&
           str_eq(host, other_host) && str_eq(rest, other_rest);
}

/* One '*' stands for any characters; never for a '..' that climbs. */
static bool matches_wildcard(struct str pattern, struct str uri)
{
    size_t star = str_index(pattern, '*');
    struct str before = str_slice(pattern, 0, star), after = str_slice(pattern, star + 1, pattern.len),
               middle;

    if (star == pattern.len || uri.len < before.len + after.len || !str_starts(uri, before) ||
        !str_ends(uri, after))
        return false;
    middle = str_slice(uri, before.len, uri.len - before.len - after.len);
    for (size_t i = 0; i < middle.len; i++)
        if (strchr("#@\\ ", middle.p[i]) ||
            (middle.p[i] == '.' && i + 1 < middle.len && middle.p[i + 1] == '.'))
            return false;
    return true;
}

bool redirect_is_registered(const struct application *app, const struct json *list, struct str uri)
{
    bool native = str_is(app->type, "NATIVE_APP");

    json_each (m, list) {
        struct str registered = json_str(m.value);

        if (str_eq(registered, uri))
            return true;
        if (native && is_same_loopback(registered, uri))
            return true;
        if (app->allow_wildcards && matches_wildcard(registered, uri))
            return true;
    }
    return false;
}

void answer_add(struct answer *a, const char *name, struct str value)
{
    if (str_is_none(value) || a->n == LENGTH(a->items))
        return;
    a->items[a->n].name = name;
    a->items[a->n++].value = value;
}

static enum err answer_form(struct http_request *rq, struct http_response *rs, struct str uri,
                            const struct answer *a)
{
    struct page_value hidden[8];

    for (size_t i = 0; i < a->n; i++)
        hidden[i] = (struct page_value){ a->items[i].name, a->items[i].value };
    return page_form_post(rq, rs, uri, hidden, a->n);
}

/* Appended to the registered string; an existing query stays (RFC 6749 4.1.2). */
static enum err append(struct http_request *rq, struct str uri, char first, const struct answer *a,
                       struct str *ret)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    char separator = first == '?' && str_index(uri, '?') < uri.len ? '&' : first;

    buf_add(&b, uri);
    for (size_t i = 0; i < a->n; i++) {
        buf_printf(&b, "%c%s=", separator, a->items[i].name);
        percent_encode(&b, a->items[i].value);
        separator = '&';
    }
    return buf_finish(&b, ret);
}

enum err redirect_answer(struct http_request *rq, struct http_response *rs, struct str uri, struct str mode,
                         const struct answer *a)
{
    struct str location;

    if (str_is(mode, "form_post"))
        return answer_form(rq, rs, uri, a);
    TRY(append(rq, uri, str_is(mode, "fragment") ? '#' : '?', a, &location));
    rs->status = 302;
    return http_add_header(rs, "Location", location);
}
