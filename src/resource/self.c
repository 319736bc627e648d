/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over the members of one document, or of two, along the paths of a scope's attributes. */
#include "resource/self.h"

#include "resource/target.h"

/* Whose the object is and how old, which is no attribute: everybody sees it, and the engine changes it. */
static bool is_engine_member(struct str path)
{
    static const char *const names[] = { "environment", "id", "createdAt", "updatedAt" };

    for (size_t i = 0; i < LENGTH(names); i++)
        if (str_is(path, names[i]))
            return true;
    return false;
}

static enum err path_below(struct arena *a, struct str above, struct str name, struct str *ret)
{
    *ret = name;
    return above.len ? str_printf(a, ret, "%.*s.%.*s", STR_FMT(above), STR_FMT(name)) : OK;
}

static enum err write_shown(struct buf *b, const struct self_rights *r, const struct json *v,
                            struct str above)
{
    json_each (m, v) {
        struct str path;

        TRY(path_below(b->arena, above, m.name, &path));
        if (self_rights_cover(r, path) || is_engine_member(path)) {
            json_key_str(b, m.name);
            json_write(b, m.value);
        } else if (json_kind(m.value) == JSON_OBJECT && self_rights_reach(r, path)) {
            json_key_str(b, m.name);
            json_open(b, '{');
            TRY(write_shown(b, r, m.value, path));
            json_close(b, '}');
        }
    }
    return OK;
}

enum err self_view(const struct target *t, struct http_request *rq, const struct object *o,
                   struct object *ret)
{
    struct buf b = buf_make(rq->arena, BUF_NO_LIMIT);
    const struct json *document;
    bool restricted;

    *ret = *o;
    TRY(target_is_restricted(t, rq, o, &restricted));
    if (!restricted || t->shown.all)
        return OK;
    TRY(json_parse_stored(rq->arena, o->document, &document));
    json_open(&b, '{');
    TRY(write_shown(&b, &t->shown, document, STR_NONE));
    json_close(&b, '}');
    return buf_finish(&b, &ret->document);
}

/* Members that are not kept anyway are no matter. */
static bool names_hidden(const struct target *t, const struct field *fields, const struct json *sent)
{
    json_each (m, sent) {
        const struct field *f = field_find(fields, m.name);

        if (!f || f->read_only || self_rights_cover(&t->shown, f->path))
            continue;
        if (json_kind(m.value) != JSON_OBJECT || !self_rights_reach(&t->shown, f->path) ||
            names_hidden(t, f, m.value))
            return true;
    }
    return false;
}

enum err self_check_body(const struct target *t, const struct change *c)
{
    bool restricted;

    TRY(target_is_restricted(t, c->rq, &c->old_object, &restricted));
    if (!restricted || t->shown.all)
        return OK;
    if (c->operation == OPERATION_REPLACE || names_hidden(t, &c->type->fields, c->body))
        return problem_forbidden(c->rq);
    return OK;
}

struct comparison {
    struct arena *arena;
    const struct target *target;
    bool allowed;
};

static bool is_excepted(const struct comparison *c, struct str path)
{
    struct str name = str_slice(path, 0, str_index(path, '.'));

    json_each (m, c->target->type->self_except)
        if (str_eq(json_str(m.value), name))
            return true;
    return false;
}

static enum err compare(struct comparison *c, struct str above, const struct json *old,
                        const struct json *new);

static enum err compare_member(struct comparison *c, struct str above, struct str name,
                               const struct json *old, const struct json *new)
{
    struct str path;

    if (json_eq(old, new))
        return OK;
    TRY(path_below(c->arena, above, name, &path));
    if (is_engine_member(path))
        return OK;
    if (is_excepted(c, path))
        c->allowed = false;
    else if (!self_rights_cover(&c->target->self, path) && self_rights_reach(&c->target->self, path))
        return compare(c, path, old, new);
    else
        c->allowed = c->allowed && self_rights_cover(&c->target->self, path);
    return OK;
}

/* A member that only one of them has differs, too. */
static enum err compare(struct comparison *c, struct str above, const struct json *old,
                        const struct json *new)
{
    json_each (m, new)
        TRY(compare_member(c, above, m.name, document_get(old, m.name), m.value));
    json_each (m, old)
        if (!document_get(new, m.name))
            TRY(compare_member(c, above, m.name, m.value, NULL));
    return OK;
}

enum err self_check_change(const struct target *t, const struct change *c)
{
    struct comparison by = { .arena = c->rq->arena, .target = t, .allowed = true };
    bool restricted;

    TRY(target_is_restricted(t, c->rq, &c->old_object, &restricted));
    if (!restricted)
        return OK;
    TRY(compare(&by, STR_NONE, c->old, c->document));
    return by.allowed ? OK : problem_forbidden(c->rq);
}
