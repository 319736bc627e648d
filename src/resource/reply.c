/* SPDX-License-Identifier: Apache-2.0 */
/* HAL replies. A stored document already is what clients see: links are put in front of it, nothing is
 * parsed. */
#include "resource/reply.h"

#include "resource/self.h"

enum { LINKS_SIZE = 2048 }; /* of most objects */

/* One object on its way into a reply. */
struct writing {
    struct buf *b;
    const struct target *target;
    struct http_request *rq;
    const struct object *object;
    const struct json *document; /* of the object; NULL until somebody asks */
};

static enum err writing_document(struct writing *w, const struct json **ret)
{
    if (!w->document)
        TRY(json_parse_stored(w->rq->arena, w->object->document, &w->document));
    *ret = w->document;
    return OK;
}

/* A member's text between the quotes of a link. */
static enum err write_member(struct writing *w, struct str name)
{
    struct buf quoted = buf_make(w->rq->arena, BUF_NO_LIMIT);
    const struct json *document;
    struct str value, text;

    TRY(writing_document(w, &document));
    value = json_str(document_get(document, name));
    if (str_is_none(value))
        return NOT_FOUND;
    json_write_str(&quoted, value);
    TRY(buf_finish(&quoted, &text));
    buf_add(w->b, str_slice(text, 1, text.len - 2));
    return OK;
}

/* What stands in braces in a path or link. */
static enum err write_variable(struct writing *w, struct str name)
{
    const struct target *t = w->target;
    char text[UUID_TEXT_LENGTH + 1];

    if (str_is(name, "environment"))
        uuid_format(t->environment, text);
    else if (str_is(name, "id"))
        uuid_format(w->object->id, text);
    else if (str_eq(name, t->type->parent_name))
        uuid_format(w->object->parent, text);
    else
        return write_member(w, name);
    buf_add(w->b, (struct str){ text, UUID_TEXT_LENGTH });
    return OK;
}

/* -> NOT_FOUND: a member that the template names is absent */
static enum err write_template(struct writing *w, struct str template)
{
    struct str rest = template, part;
    bool literal = true;

    while (rest.len) {
        size_t at = str_index(rest, literal ? '{' : '}');

        part = str_slice(rest, 0, at);
        rest = str_slice(rest, at + 1, rest.len);
        if (literal)
            buf_add(w->b, part);
        else
            TRY(write_variable(w, part));
        literal = !literal;
    }
    return OK;
}

static void write_base(struct buf *b, const struct http_request *rq)
{
    buf_add(b, rq->scheme);
    buf_add(b, STR("://"));
    buf_add(b, rq->authority);
    buf_add(b, STR("/v1"));
}

enum err reply_collection_url(struct buf *b, const struct target *t, struct http_request *rq)
{
    struct object none = { .parent = t->parent };
    struct writing w = { .b = b, .target = t, .rq = rq, .object = &none };

    write_base(b, rq);
    return write_template(&w, t->type->collection_path);
}

static enum err self_url(const struct target *t, struct http_request *rq, const struct object *o,
                         struct str *ret)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct writing w = { .b = &b, .target = t, .rq = rq, .object = o };

    write_base(&b, rq);
    TRY(write_template(&w, t->type->path));
    return buf_finish(&b, ret);
}

static enum err condition_holds(struct writing *w, const struct link *l, bool *ret)
{
    const struct json *document;

    *ret = true;
    if (!l->condition)
        return OK;
    TRY(writing_document(w, &document));
    json_each (m, l->condition) {
        const struct json *have = document_get(document, m.name);
        bool any = false;

        json_each (choice, m.value)
            any = any || json_eq(choice.value, have);
        *ret = *ret && any;
    }
    return OK;
}

static enum err link_template(struct writing *w, const struct link *l, struct str *ret)
{
    const struct json *document;

    *ret = l->href;
    if (!w->target->type->hooks->link)
        return OK;
    TRY(writing_document(w, &document));
    *ret = w->target->type->hooks->link(w->rq, document, l->href);
    return OK;
}

/* A link starts with {self}, or with / below /v1; one that names an absent member is left out. */
static enum err write_link(struct writing *w, const struct link *l, struct str self)
{
    size_t begin = w->b->len;
    struct str template;
    enum err e;
    bool shown;

    TRY(condition_holds(w, l, &shown));
    if (!shown)
        return OK;
    TRY(link_template(w, l, &template));
    buf_add(w->b, l->opening);
    if (str_starts(template, STR("{self}"))) {
        buf_add(w->b, self);
        template = str_slice(template, 6, template.len);
    } else {
        write_base(w->b, w->rq);
    }
    e = write_template(w, template);
    if (e == NOT_FOUND) {
        w->b->len = begin;
        return OK;
    }
    TRY(e);
    buf_add(w->b, STR("\"}"));
    return OK;
}

static enum err write_links(struct buf *b, const struct target *t, struct http_request *rq,
                            const struct object *o)
{
    struct writing w = { .b = b, .target = t, .rq = rq, .object = o };
    struct str self;

    TRY(self_url(t, rq, o, &self));
    json_open_member(b, "_links", '{');
    json_open_member(b, "self", '{');
    json_add_str(b, "href", self);
    json_close(b, '}');
    for (size_t i = 0; i < t->type->links_n; i++)
        TRY(write_link(&w, &t->type->links[i], self));
    json_close(b, '}');
    return OK;
}

static enum err write_counters(struct buf *b, const struct target *t, struct tx *tx, const struct object *o)
{
    for (size_t i = 0; i < t->type->fields.members_n; i++) {
        const struct field *f = &t->type->fields.members[i];
        int64_t n;

        if (!f->counter.len)
            continue;
        TRY(tx_counter_get(tx, o->environment, f->counter, o->id, &n));
        json_key_str(b, f->name);
        buf_add_int(b, n);
    }
    return OK;
}

enum err reply_object(struct buf *b, const struct target *t, struct http_request *rq, struct tx *tx,
                      const struct object *o)
{
    json_open(b, '{');
    TRY(write_links(b, t, rq, o));
    TRY(write_counters(b, t, tx, o));
    if (t->type->hooks->show)
        TRY(t->type->hooks->show(rq, tx, o, b));
    buf_add_char(b, ',');
    buf_add(b, str_slice(o->document, 1, o->document.len));
    return OK;
}

void reply_body(struct http_request *rq, struct http_response *rs, int status, struct str body)
{
    rs->status = status;
    rs->content_type = http_accepts_hal(rq) ? STR("application/hal+json;charset=UTF-8")
                                            : STR("application/json;charset=UTF-8");
    rs->body = body;
}

enum err reply_with_object(const struct target *t, struct http_request *rq, struct http_response *rs,
                           struct tx *tx, const struct object *o, int status)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct str body, self;
    struct object seen;

    TRY(self_view(t, rq, o, &seen));
    (void)!buf_room(&b, o->document.len + LINKS_SIZE); /* once, instead of growing */
    TRY(reply_object(&b, t, rq, tx, &seen));
    buf_add_char(&b, '\n');
    TRY(buf_finish(&b, &body));
    if (status == 201) {
        TRY(self_url(t, rq, o, &self));
        TRY(http_add_header(rs, "Location", self));
    }
    reply_body(rq, rs, status, body);
    return OK;
}

void reply_failure(struct http_request *rq, struct http_response *rs)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    struct str body;

    problem_write(&b, rq);
    if (buf_finish(&b, &body) != OK)
        body = STR("{\"code\":\"UNEXPECTED_ERROR\",\"message\":\"Memory is short.\"}");
    reply_body(rq, rs, rq->problem.status, body);
    if (rq->problem.status == 401) /* RFC 6750 3; memory for one header there always is */
        (void)!http_add_header(rs, "WWW-Authenticate", STR("Bearer"));
}
