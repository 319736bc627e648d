/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document that is kept: for each member of the schema, what a hook set, else what the client sent, else
 * what was there, else the default. Unknown members fall away here.
 */
#include "resource/document.h"

struct maker {
    struct change *c;
    struct buf out;
    enum err err;
};

enum err change_set(struct change *c, const char *name, struct str text)
{
    for (size_t i = 0; i < c->sets_n; i++) {
        if (!str_is(c->sets[i].name, name))
            continue;
        c->sets[i].text = text;
        return OK;
    }
    if (c->sets_n == CHANGE_SETS_MAX)
        return TOO_LARGE;
    c->sets[c->sets_n++] = (struct member_set){ .name = str_from(name), .text = text };
    return OK;
}

enum err change_set_str(struct change *c, const char *name, struct str value)
{
    struct buf b = buf_make(c->tx ? tx_arena(c->tx) : c->rq->arena, BUF_NO_LIMIT);
    struct str text;

    json_write_str(&b, value);
    TRY(buf_finish(&b, &text));
    return change_set(c, name, text);
}

enum err change_refuse(struct change *c, enum detail_code code, const char *target, const char *message)
{
    return problem_detail(c->rq, code, str_from(target), str_from(message));
}

static const struct member_set *set_of(const struct change *c, const struct field *f)
{
    for (size_t i = 0; i < c->sets_n; i++)
        if (str_eq(c->sets[i].name, f->path))
            return &c->sets[i];
    return NULL;
}

static bool is_given(const struct json *v)
{
    return v && json_kind(v) != JSON_NULL;
}

static const struct json *member(const struct json *object, struct str name)
{
    json_each (m, object)
        if (str_eq(m.name, name))
            return m.value;
    return NULL;
}

static void write_member(struct maker *k, const struct field *f, const struct json *sent,
                         const struct json *old);

static void write_object(struct maker *k, const struct field *f, const struct json *sent,
                         const struct json *old)
{
    json_open(&k->out, '{');
    for (size_t i = 0; i < f->members_n; i++)
        write_member(k, &f->members[i], member(sent, f->members[i].name), member(old, f->members[i].name));
    if (f->open) {
        json_each (m, sent)
            if (!field_find(f, m.name))
                json_key_str(&k->out, m.name), json_write(&k->out, m.value);
    }
    json_close(&k->out, '}');
}

static void write_array(struct maker *k, const struct field *f, const struct json *sent)
{
    json_open(&k->out, '[');
    json_each (m, sent) {
        json_key_str(&k->out, STR_NONE);
        if (f->items->kind == FIELD_OBJECT)
            write_object(k, f->items, m.value, NULL);
        else
            json_write(&k->out, m.value);
    }
    json_close(&k->out, ']');
}

static void write_sent(struct maker *k, const struct field *f, const struct json *sent,
                       const struct json *old)
{
    json_key_str(&k->out, f->name);
    if (f->kind == FIELD_OBJECT)
        write_object(k, f, sent, old);
    else if (f->kind == FIELD_ARRAY)
        write_array(k, f, sent);
    else if (f->kind == FIELD_INTEGER)
        buf_add_int(&k->out, json_int(sent, 0));
    else
        json_write(&k->out, sent);
}

static void write_old(struct maker *k, const struct field *f, const struct json *old)
{
    if (!is_given(old))
        return;
    json_key_str(&k->out, f->name);
    json_write(&k->out, old);
}

static void write_default(struct maker *k, const struct field *f)
{
    char id[UUID_TEXT_LENGTH + 1];
    const struct json *from;

    if (f->default_value) {
        json_key_str(&k->out, f->name);
        json_write(&k->out, f->default_value);
    } else if (str_is(f->default_from, "id")) {
        uuid_format(k->c->id, id);
        json_key_str(&k->out, f->name);
        json_write_str(&k->out, str_from(id));
    } else if (f->default_from.len) {
        from = document_get(k->c->body, f->default_from);
        if (is_given(from))
            json_key_str(&k->out, f->name), json_write(&k->out, from);
    }
}

static bool is_kept(const struct maker *k, const struct field *f, const struct json *sent)
{
    if (f->read_only || f->immutable || f->keep || f->one_default.len)
        return true;
    return k->c->operation == OPERATION_PATCH && !sent;
}

static void refuse_change(struct maker *k, const struct field *f)
{
    k->err = problem_detail(k->c->rq, INVALID_VALUE, f->path, STR("The value cannot be changed."));
}

static void write_member(struct maker *k, const struct field *f, const struct json *sent,
                         const struct json *old)
{
    const struct member_set *set = set_of(k->c, f);

    if (f->write_only || f->secret || f->counter.len)
        return;
    if (set) {
        if (!str_is_none(set->text))
            json_key_str(&k->out, f->name), buf_add(&k->out, set->text);
        return;
    }
    if (k->c->seeding && sent && !is_given(sent))
        return;
    if (is_given(sent) && (!f->read_only || k->c->seeding)) {
        if (f->immutable && is_given(old) && !json_eq(sent, old))
            refuse_change(k, f);
        write_sent(k, f, sent, old);
    } else if (is_given(old) && is_kept(k, f, sent)) {
        write_old(k, f, old);
    } else {
        write_default(k, f);
    }
}

static void write_id_member(struct buf *b, struct str name, struct uuid id)
{
    json_key_str(b, name);
    json_open(b, '{');
    json_add_id(b, "id", id);
    json_close(b, '}');
}

/* What the engine itself keeps stands first: whose it is. */
static void write_identity(struct maker *k)
{
    const struct change *c = k->c;

    if (c->type->in_environment)
        write_id_member(&k->out, STR("environment"), c->environment);
    json_add_id(&k->out, "id", c->id);
    if (c->type->parent && c->type->shows_parent)
        write_id_member(&k->out, c->type->parent_name, c->parent);
}

enum err document_make(struct change *c, struct str *ret)
{
    struct maker k = { .c = c, .out = buf_make(tx_arena(c->tx), BUF_NO_LIMIT) };
    const struct field *root = &c->type->fields;
    struct str created = json_path_str(c->old, "createdAt");

    json_open(&k.out, '{');
    write_identity(&k);
    for (size_t i = 0; i < root->members_n; i++)
        write_member(&k, &root->members[i], member(c->body, root->members[i].name),
                     member(c->old, root->members[i].name));
    if (created.len)
        json_add_str(&k.out, "createdAt", created);
    else
        json_add_time(&k.out, "createdAt", c->now_ms);
    json_add_time(&k.out, "updatedAt", c->now_ms);
    json_close(&k.out, '}');
    TRY(k.err);
    return buf_finish(&k.out, ret);
}
