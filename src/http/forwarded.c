/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest proxy writes last, so that lists are read from their end. */
#include "http/forwarded.h"

bool trust_has(const struct trust *t, struct str address)
{
    for (size_t i = 0; i < t->n; i++)
        if (network_has(&t->networks[i], address))
            return true;
    return false;
}

/* All fields of a name as one list. -> OK, STR_NONE: there is none */
static enum err join(struct http_request *rq, const char *name, struct str *ret)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);

    *ret = STR_NONE;
    for (size_t i = 0; i < rq->headers_n; i++) {
        if (!str_is_nocase(rq->headers[i].name, name))
            continue;
        if (b.len)
            buf_add_char(&b, ',');
        buf_add(&b, rq->headers[i].value);
    }
    return b.len || b.err != OK ? buf_finish(&b, ret) : OK;
}

/* Take the last item off a list. -> false: it is empty */
static bool take_last(struct str *list, struct str *ret)
{
    size_t at = list->len;

    if (!list->len)
        return false;
    while (at > 0 && list->p[at - 1] != ',')
        at--;
    *ret = str_trim(str_slice(*list, at, list->len));
    *list = str_slice(*list, 0, at ? at - 1 : 0);
    return true;
}

static enum err find_client(const struct trust *t, struct http_request *rq)
{
    struct network address;
    struct str list, item;

    TRY(join(rq, "X-Forwarded-For", &list));
    while (take_last(&list, &item) && network_parse(item, &address) == OK &&
           str_index(item, '/') == item.len) {
        rq->remote_ip = item;
        if (!trust_has(t, item))
            break;
    }
    return OK;
}

enum err forwarded_apply(const struct trust *t, struct http_request *rq)
{
    struct str list, item;

    if (!t->n || !trust_has(t, rq->remote_ip))
        return OK;
    TRY(join(rq, "X-Forwarded-Proto", &list));
    if (take_last(&list, &item) && (str_is_nocase(item, "https") || str_is_nocase(item, "http")))
        rq->scheme = str_is_nocase(item, "https") ? STR("https") : STR("http");
    TRY(join(rq, "X-Forwarded-Host", &list));
    if (take_last(&list, &item) && item.len)
        rq->authority = item;
    return find_client(t, rq);
}
