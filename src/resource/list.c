/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collections: filters, order, pages. A page is found in one of three ways: by id from where the last one
 * ended; by the index ranges that drive the filter; or, when those hold too much, by looking at every object
 * up to a budget.
 */
#include "base/encoding.h"
#include "resource/operation.h"
#include "resource/reply.h"
#include "resource/rows.h"
#include "resource/target.h"

#include <stdlib.h>

enum {
    PAGE_MAX = 1000,
    BATCH = 500,
    SCAN_BUDGET = 10000, /* objects looked at for one page */
};

struct page {
    struct http_request *rq;
    struct target target;
    struct tx *tx;
    const struct filter *filter;
    struct str filter_text, order_text;
    const struct attribute *order;
    bool descending;
    size_t limit;
    struct uuid after; /* the last object of the page before; nil: the first page */
    struct str after_value;
    /* the outcome */
    struct object *items;
    size_t n;
    bool more;
    int64_t count; /* all that match; -1: not known */
};

static enum err refuse_parameter(struct http_request *rq, enum detail_code code, const char *name,
                                 struct str message, struct str inner)
{
    (void)problem_set(rq, 400, INVALID_REQUEST, STR_NONE);
    return problem_detail_inner(rq, code, str_from(name), message, inner);
}

static enum err read_limit(struct page *p)
{
    struct str text;
    int64_t n;

    p->limit = PAGE_MAX;
    TRY(http_query(p->rq, "limit", &text));
    if (str_is_none(text))
        return OK;
    if (str_int(text, &n) != OK || n < 1)
        return refuse_parameter(p->rq, INVALID_PARAMETER, "limit",
                                STR("The limit must be a number from 1 on."), STR_NONE);
    p->limit = n < PAGE_MAX ? (size_t)n : PAGE_MAX;
    return OK;
}

static enum err read_filter(struct page *p)
{
    const struct filter *reach, *asked;

    TRY(target_asked(&p->target, p->rq, &p->filter_text, &asked));
    TRY(target_filter(&p->target, p->rq, &reach));
    return filter_and(p->rq->arena, reach, asked, &p->filter);
}

static enum err read_order(struct page *p)
{
    struct str name;

    TRY(http_query(p->rq, "order", &p->order_text));
    if (!p->order_text.len)
        return OK;
    name = p->order_text;
    p->descending = name.p[0] == '-';
    if (p->descending)
        name = str_slice(name, 1, name.len);
    p->order = type_attribute(p->target.type, name);
    if (!p->order || !p->order->ordered)
        return refuse_parameter(p->rq, INVALID_PARAMETER, "order",
                                STR("Lists cannot be ordered by this attribute."), STR_NONE);
    return OK;
}

/* A cursor is the last object's id and, in an ordered list, its value; opaque to clients. */
static enum err read_cursor(struct page *p)
{
    struct str text, octets;
    enum err e;

    TRY(http_query(p->rq, "cursor", &text));
    if (!text.len)
        return OK;
    e = base64url_decode(p->rq->arena, text, &octets);
    if (e == NO_MEMORY)
        return e;
    if (e != OK || octets.len < sizeof(p->after.b))
        return refuse_parameter(p->rq, INVALID_PARAMETER, "cursor",
                                STR("The cursor is not one this server gave."), STR_NONE);
    memcpy(p->after.b, octets.p, sizeof(p->after.b));
    p->after_value = str_slice(octets, sizeof(p->after.b), octets.len);
    return OK;
}

static enum err write_cursor(struct page *p, struct buf *b)
{
    const struct object *last = &p->items[p->n - 1];
    struct buf octets = buf_make(p->rq->arena, BUF_NO_LIMIT);
    const struct json *document;
    struct str text, value = STR_NONE;

    if (p->order) {
        TRY(json_parse_stored(p->rq->arena, last->document, &document));
        TRY(value_in_index(p->rq->arena, p->order, document, &value));
    }
    buf_add(&octets, (struct str){ (const char *)last->id.b, sizeof(last->id.b) });
    buf_add(&octets, value);
    TRY(buf_finish(&octets, &text));
    TRY(base64url_encode(p->rq->arena, text, &text));
    buf_add(b, text);
    return OK;
}

static enum err matches(struct page *p, const struct object *o, bool *ret)
{
    const struct json *document = NULL;

    if (p->target.type->parent && !uuid_eq(o->parent, p->target.parent)) {
        *ret = false;
        return OK;
    }
    if (p->filter)
        TRY(json_parse_stored(p->rq->arena, o->document, &document));
    *ret = filter_matches(p->filter, document);
    return OK;
}

static struct uuid partition(const struct page *p)
{
    return p->target.type->in_environment ? p->target.environment : (struct uuid){ { 0 } };
}

/* By id, one batch after the other. One item more than the limit tells that there is a next page. */
static enum err scan_by_id(struct page *p)
{
    struct object_range range = { .environment = partition(p),
                                  .type = p->target.type->name,
                                  .has_parent = p->target.type->parent != NULL,
                                  .parent = p->target.parent,
                                  .after = p->after,
                                  .limit = p->limit + 1 < BATCH ? p->limit + 1 : BATCH };
    struct object_list list;
    size_t seen = 0;

    do {
        TRY(tx_list(p->tx, p->rq->arena, &range, &list));
        for (size_t i = 0; i < list.n; i++) {
            bool fits;

            TRY(matches(p, &list.items[i], &fits));
            if (fits && p->n == p->limit) {
                p->more = true;
                return OK;
            }
            if (fits)
                p->items[p->n++] = list.items[i];
            range.after = list.items[i].id;
        }
        seen += list.n;
        p->more = list.n == range.limit;
    } while (p->more && (seen < SCAN_BUDGET || p->n == 0));
    if (!p->more && uuid_is_nil(p->after))
        p->count = (int64_t)p->n;
    return OK;
}

static enum err scan_in_order(struct page *p)
{
    struct index_range range = { .environment = partition(p),
                                 .type = p->target.type->name,
                                 .attribute = p->order->path,
                                 .match = INDEX_ALL,
                                 .descending = p->descending,
                                 .has_after = !uuid_is_nil(p->after),
                                 .after_value = p->after_value,
                                 .after_id = p->after,
                                 .limit = BATCH };
    struct object_list list;

    do {
        TRY(tx_index_list(p->tx, p->rq->arena, &range, &list));
        for (size_t i = 0; i < list.n; i++) {
            const struct json *document;
            bool fits;

            TRY(matches(p, &list.items[i], &fits));
            if (fits && p->n == p->limit) {
                p->more = true;
                return OK;
            }
            if (fits)
                p->items[p->n++] = list.items[i];
            TRY(json_parse_stored(p->rq->arena, list.items[i].document, &document));
            TRY(value_in_index(p->rq->arena, p->order, document, &range.after_value));
            range.after_id = list.items[i].id;
            range.has_after = true;
        }
    } while (list.n == BATCH);
    if (uuid_is_nil(p->after))
        p->count = (int64_t)p->n;
    return OK;
}

struct candidates {
    struct object *items;
    size_t n;
};

static int by_id(const void *x, const void *y)
{
    return memcmp(((const struct object *)x)->id.b, ((const struct object *)y)->id.b, sizeof(struct uuid));
}

/* All that one range holds and the filter takes. -> TOO_LARGE: over the budget */
static enum err gather(struct page *p, const struct drive *d, struct candidates *found)
{
    struct index_range range = { .environment = partition(p),
                                 .type = p->target.type->name,
                                 .attribute = d->attribute->path,
                                 .value = d->value,
                                 .match = d->prefix ? INDEX_PREFIX : INDEX_EQUAL,
                                 .limit = SCAN_BUDGET + 1 };
    struct object_list list;

    TRY(tx_index_list(p->tx, p->rq->arena, &range, &list));
    if (list.n > SCAN_BUDGET - found->n)
        return TOO_LARGE;
    for (size_t i = 0; i < list.n; i++) {
        bool fits;

        TRY(matches(p, &list.items[i], &fits));
        if (fits)
            found->items[found->n++] = list.items[i];
    }
    return OK;
}

/* In order of id and each once, from where the last page ended. */
static void take_page(struct page *p, struct candidates *found)
{
    const struct object *last = NULL;

    qsort(found->items, found->n, sizeof(*found->items), by_id);
    p->count = 0;
    for (size_t i = 0; i < found->n; i++) {
        if (last && uuid_eq(last->id, found->items[i].id))
            continue;
        last = &found->items[i];
        p->count++;
        if (memcmp(last->id.b, p->after.b, sizeof(p->after.b)) <= 0)
            continue;
        if (p->n < p->limit)
            p->items[p->n++] = *last;
        else
            p->more = true;
    }
}

static enum err scan_driven(struct page *p, const struct drive *drives, size_t n)
{
    struct candidates found = { .items = ARENA_ARRAY(p->rq->arena, struct object, SCAN_BUDGET) };

    if (!found.items)
        return NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        enum err e = gather(p, &drives[i], &found);

        if (e == TOO_LARGE)
            return scan_by_id(p);
        TRY(e);
    }
    take_page(p, &found);
    return OK;
}

static enum err count_all(struct page *p)
{
    struct uuid owner = p->target.type->parent ? p->target.parent : (struct uuid){ { 0 } };

    return tx_counter_get(p->tx, partition(p), ROWS_COUNTER(p->target.type), owner, &p->count);
}

static enum err find_page(struct page *p)
{
    struct drive *drives = ARENA_ARRAY(p->rq->arena, struct drive, DRIVES_MAX);
    size_t n;

    p->count = -1;
    p->items = ARENA_ARRAY(p->rq->arena, struct object, p->limit + 1);
    if (!p->items || !drives)
        return NO_MEMORY;
    if (p->order)
        return scan_in_order(p);
    n = filter_drives(p->rq->arena, p->filter, drives);
    if (n)
        return scan_driven(p, drives, n);
    TRY(scan_by_id(p));
    return p->filter ? OK : count_all(p);
}

/* The list's own address with the query that led here; a cursor only in `next`. */
static enum err write_href(struct page *p, struct buf *b, const char *relation, bool next)
{
    struct buf url = buf_make(p->rq->arena, BUF_NO_LIMIT);
    struct str text, limit;
    char separator = '?';
    const struct {
        const char *name;
        struct str value;
    } query[] = { { "limit", STR_NONE }, { "filter", p->filter_text }, { "order", p->order_text } };

    TRY(http_query(p->rq, "limit", &limit));
    TRY(reply_collection_url(&url, &p->target, p->rq));
    for (size_t i = 0; i < LENGTH(query); i++) {
        struct str value = i == 0 ? limit : query[i].value;

        if (!value.len)
            continue;
        buf_printf(&url, "%c%s=", separator, query[i].name);
        percent_encode(&url, value);
        separator = '&';
    }
    if (next) {
        buf_printf(&url, "%ccursor=", separator);
        TRY(write_cursor(p, &url));
    }
    TRY(buf_finish(&url, &text));
    json_open_member(b, relation, '{');
    json_add_str(b, "href", text);
    json_close(b, '}');
    return OK;
}

static enum err write_page(struct page *p, struct str *ret)
{
    struct buf b = buf_make(p->rq->arena, BUF_NO_LIMIT);

    json_open(&b, '{');
    json_open_member(&b, "_links", '{');
    TRY(write_href(p, &b, "self", false));
    if (p->more && p->n)
        TRY(write_href(p, &b, "next", true));
    json_close(&b, '}');
    json_open_member(&b, "_embedded", '{');
    json_key_str(&b, p->target.type->collection);
    json_open(&b, '[');
    for (size_t i = 0; i < p->n; i++)
        TRY(reply_object(&b, &p->target, p->rq, p->tx, &p->items[i]));
    json_close(&b, ']');
    json_close(&b, '}');
    if (p->count >= 0)
        json_add_int(&b, "count", p->count);
    json_add_int(&b, "size", (int64_t)p->n);
    json_close(&b, '}');
    buf_add_char(&b, '\n');
    return buf_finish(&b, ret);
}

enum err operation_list(struct http_request *rq, struct http_response *rs)
{
    const struct type *type = rq->route->context;
    struct page p = { .rq = rq };
    struct object parent;
    struct str body;

    if (type->hooks->list)
        return type->hooks->list(rq, rs);
    TRY(target_resolve(rq, type, OPERATION_LIST, &p.target));
    TRY(read_limit(&p));
    TRY(read_filter(&p));
    TRY(read_order(&p));
    TRY(read_cursor(&p));
    TRY(store_read_begin(p.target.site->store, rq->arena, &p.tx));
    TRY(target_environment(&p.target, rq, p.tx));
    if (type->parent)
        TRY(target_parent(&p.target, rq, p.tx, rq->arena, &parent));
    TRY(find_page(&p));
    TRY(write_page(&p, &body));
    tx_end(p.tx);
    reply_body(rq, rs, 200, body);
    return OK;
}
