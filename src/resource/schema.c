/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler of schema files: keywords by table, a member at a time, then what ties types together. */
#include "resource/schema.h"

#include "base/embedded.h"
#include "resource/hooks.h"
#include "resource/pattern.h"

#include <stdarg.h>
#include <stdio.h>

struct compiler {
    struct arena *arena;
    struct schema_fault *fault;
    struct str file; /* $id, once known */
};

static enum err fault(struct compiler *c, const char *format, ...) PRINTF(2, 3);

static enum err fault(struct compiler *c, const char *format, ...)
{
    va_list args;
    int head;

    if (!c->fault)
        return INVALID;
    head = snprintf(c->fault->message, sizeof(c->fault->message), "%.*s: ", STR_FMT(c->file));
    va_start(args, format);
    vsnprintf(c->fault->message + head, sizeof(c->fault->message) - (size_t)head, format, args);
    va_end(args);
    return INVALID;
}

/* A keyword of a member: how its value gets into struct field. */
enum keyword_form {
    FORM_BOOL,
    FORM_TEXT,
    FORM_SIZE,
    FORM_JSON,
    FORM_MINIMUM,
    FORM_MAXIMUM,
    FORM_WORD,
    FORM_OTHER
};

struct word {
    const char *text;
    int value;
};

struct keyword {
    const char *name;
    enum keyword_form form;
    size_t offset;
    const struct word *words;
};

static const struct word kinds[] = {
    { "string", FIELD_STRING },
    { "integer", FIELD_INTEGER },
    { "number", FIELD_NUMBER },
    { "boolean", FIELD_BOOLEAN },
    { "object", FIELD_OBJECT },
    { "array", FIELD_ARRAY },
    { NULL, 0 },
};

static const struct word formats[] = {
    { "uuid", FORMAT_UUID }, { "date-time", FORMAT_DATE_TIME }, { "email", FORMAT_EMAIL },
    { "uri", FORMAT_URI },   { "locale", FORMAT_LOCALE },       { NULL, 0 },
};

static const struct word scopes[] = {
    { "environment", UNIQUE_ENVIRONMENT },
    { "parent", UNIQUE_PARENT },
    { "installation", UNIQUE_INSTALLATION },
    { NULL, 0 },
};

static const struct word deletions[] = {
    { "restrict", ON_DELETE_RESTRICT },
    { "clear", ON_DELETE_CLEAR },
    { "cascade", ON_DELETE_CASCADE },
    { NULL, 0 },
};

#define FIELD(member) offsetof(struct field, member)

static const struct keyword keywords[] = {
    { "type", FORM_WORD, FIELD(kind), kinds },
    { "format", FORM_WORD, FIELD(format), formats },
    { "enum", FORM_JSON, FIELD(choices), NULL },
    { "default", FORM_JSON, FIELD(default_value), NULL },
    { "minLength", FORM_SIZE, FIELD(min_length), NULL },
    { "maxLength", FORM_SIZE, FIELD(max_length), NULL },
    { "minItems", FORM_SIZE, FIELD(min_length), NULL },
    { "maxItems", FORM_SIZE, FIELD(max_length), NULL },
    { "uniqueItems", FORM_BOOL, FIELD(unique_items), NULL },
    { "minimum", FORM_MINIMUM, 0, NULL },
    { "maximum", FORM_MAXIMUM, 0, NULL },
    { "pattern", FORM_TEXT, FIELD(pattern_text), NULL },
    { "readOnly", FORM_BOOL, FIELD(read_only), NULL },
    { "writeOnly", FORM_BOOL, FIELD(write_only), NULL },
    { "additionalProperties", FORM_BOOL, FIELD(open), NULL },
    { "x-unique", FORM_WORD, FIELD(unique), scopes },
    { "x-nocase", FORM_BOOL, FIELD(nocase), NULL },
    { "x-ref", FORM_TEXT, FIELD(ref), NULL },
    { "x-ref-parent", FORM_TEXT, FIELD(ref_parent), NULL },
    { "x-on-delete", FORM_WORD, FIELD(on_delete), deletions },
    { "x-in-use", FORM_TEXT, FIELD(in_use), NULL },
    { "x-immutable", FORM_BOOL, FIELD(immutable), NULL },
    { "x-keep", FORM_BOOL, FIELD(keep), NULL },
    { "x-one-default", FORM_TEXT, FIELD(one_default), NULL },
    { "x-default-from", FORM_TEXT, FIELD(default_from), NULL },
    { "x-counter", FORM_TEXT, FIELD(counter), NULL },
    { "x-count", FORM_TEXT, FIELD(count), NULL },
    { "x-secret", FORM_BOOL, FIELD(secret), NULL },
    { "properties", FORM_OTHER, 0, NULL },
    { "required", FORM_OTHER, 0, NULL },
    { "items", FORM_OTHER, 0, NULL },
    { "description", FORM_OTHER, 0, NULL },
    { "title", FORM_OTHER, 0, NULL },
};

static enum err set_word(struct compiler *c, const struct keyword *k, const struct json *v, int *ret)
{
    for (const struct word *w = k->words; w->text; w++) {
        if (str_is(json_str(v), w->text)) {
            *ret = w->value;
            return OK;
        }
    }
    return fault(c, "\"%s\" has no such value: %.*s", k->name, STR_FMT(json_str(v)));
}

static enum err set_keyword(struct compiler *c, const struct keyword *k, const struct json *v,
                            struct field *f)
{
    void *at = (char *)f + k->offset;

    switch (k->form) {
    case FORM_BOOL:
        *(bool *)at = json_is_true(v);
        return OK;
    case FORM_TEXT:
        *(struct str *)at = json_str(v);
        return OK;
    case FORM_SIZE:
        *(size_t *)at = (size_t)json_int(v, 0);
        return OK;
    case FORM_JSON:
        *(const struct json **)at = v;
        return OK;
    case FORM_MINIMUM:
        f->has_minimum = true;
        f->minimum = json_real(v);
        return OK;
    case FORM_MAXIMUM:
        f->has_maximum = true;
        f->maximum = json_real(v);
        return OK;
    case FORM_WORD:
        return set_word(c, k, v, at);
    default:
        return OK;
    }
}

static const struct keyword *keyword_find(struct str name)
{
    for (size_t i = 0; i < LENGTH(keywords); i++)
        if (str_is(name, keywords[i].name))
            return &keywords[i];
    return NULL;
}

static enum err compile_field(struct compiler *c, const struct json *v, struct field *f);

static enum err compile_members(struct compiler *c, const struct json *properties, struct field *f)
{
    size_t i = 0;

    f->members_n = json_count(properties);
    f->members = ARENA_ARRAY(c->arena, struct field, f->members_n);
    if (!f->members)
        return NO_MEMORY;
    json_each (m, properties) {
        struct field *member = &f->members[i++];

        member->name = m.name;
        if (f->path.len)
            TRY(str_printf(c->arena, &member->path, "%.*s.%.*s", STR_FMT(f->path), STR_FMT(m.name)));
        else
            member->path = m.name;
        TRY(compile_field(c, m.value, member));
    }
    return OK;
}

static enum err compile_required(struct compiler *c, const struct json *required, struct field *f)
{
    json_each (m, required) {
        struct field *member = NULL;

        for (size_t i = 0; i < f->members_n; i++)
            if (str_eq(f->members[i].name, json_str(m.value)))
                member = &f->members[i];
        if (!member)
            return fault(c, "\"required\" names no member: %.*s", STR_FMT(json_str(m.value)));
        member->required = true;
    }
    return OK;
}

static enum err compile_items(struct compiler *c, const struct json *items, struct field *f)
{
    if (!items)
        return f->kind == FIELD_ARRAY ? fault(c, "%.*s: an array without items", STR_FMT(f->path)) : OK;
    f->items = ARENA_NEW(c->arena, struct field);
    if (!f->items)
        return NO_MEMORY;
    f->items->path = f->path;
    return compile_field(c, items, f->items);
}

static enum err compile_pattern(struct compiler *c, struct field *f)
{
    enum err e = str_is_none(f->pattern_text) ? OK : pattern_new(c->arena, f->pattern_text, &f->pattern);

    return e == INVALID ? fault(c, "%.*s: bad pattern", STR_FMT(f->path)) : e;
}

static enum err compile_field(struct compiler *c, const struct json *v, struct field *f)
{
    json_each (m, v) {
        const struct keyword *k = keyword_find(m.name);

        if (!k && f->path.len)
            return fault(c, "%.*s: unknown keyword %.*s", STR_FMT(f->path), STR_FMT(m.name));
        if (k)
            TRY(set_keyword(c, k, m.value, f));
    }
    if (f->path.len && f->kind == FIELD_ANY && !f->open)
        return fault(c, "%.*s: no \"type\"", STR_FMT(f->path));
    TRY(compile_pattern(c, f));
    TRY(compile_members(c, json_get(v, "properties"), f));
    TRY(compile_required(c, json_get(v, "required"), f));
    return compile_items(c, json_get(v, "items"), f);
}

const struct field *field_find(const struct field *root, struct str path)
{
    struct str name;

    while (root && str_next(&path, '.', &name)) {
        const struct field *found = NULL;

        while (root->kind == FIELD_ARRAY)
            root = root->items;
        for (size_t i = 0; i < root->members_n && !found; i++)
            if (str_eq(root->members[i].name, name))
                found = &root->members[i];
        root = found;
    }
    return root;
}

static const struct {
    const char *name, *action;
    enum operation operation;
} operations[] = {
    { "LIST", "read", OPERATION_LIST },     { "CREATE", "create", OPERATION_CREATE },
    { "READ", "read", OPERATION_READ },     { "REPLACE", "update", OPERATION_REPLACE },
    { "PATCH", "update", OPERATION_PATCH }, { "DELETE", "delete", OPERATION_DELETE },
};

/* Mark the operations that a list names. */
static enum err compile_methods(struct compiler *c, const char *keyword, const struct json *methods,
                                bool marks[OPERATIONS])
{
    json_each (m, methods) {
        bool known = false;

        for (size_t i = 0; i < LENGTH(operations); i++) {
            if (!str_is(json_str(m.value), operations[i].name))
                continue;
            marks[operations[i].operation] = true;
            known = true;
        }
        if (!known)
            return fault(c, "%s: %.*s", keyword, STR_FMT(json_str(m.value)));
    }
    return OK;
}

/* "dir:{action}:population" -> "dir:read:population" */
static enum err expand_action(struct compiler *c, struct str template, const char *action, struct str *ret)
{
    static const struct str marker = { "{action}", 8 };

    for (size_t i = 0; i + marker.len <= template.len; i++)
        if (str_eq(str_slice(template, i, marker.len), marker))
            return str_printf(c->arena, ret, "%.*s%s%.*s", (int)i, template.p, action,
                              STR_FMT(str_slice(template, i + marker.len, template.len)));
    *ret = template;
    return OK;
}

static enum err compile_permissions(struct compiler *c, const struct json *v, struct type *t)
{
    if (!v)
        return fault(c, "no x-permission: nothing is reachable by accident");
    for (size_t i = 0; i < LENGTH(operations); i++) {
        struct str text =
            json_kind(v) == JSON_OBJECT ? json_str(json_get(v, operations[i].name)) : json_str(v);

        if (str_is_none(text) && t->methods[operations[i].operation])
            return fault(c, "x-permission says nothing of %s", operations[i].name);
        TRY(expand_action(c, text, operations[i].action, &t->permissions[operations[i].operation]));
    }
    return OK;
}

/* The collection's path, the tenant and the parent are read off the item's path. */
static enum err compile_path(struct compiler *c, struct type *t)
{
    struct str rest = t->path, part, variable = STR_NONE;

    if (!str_ends(t->path, STR("/{id}")))
        return fault(c, "x-path does not end in /{id}");
    t->collection_path = str_slice(t->path, 0, t->path.len - 5);
    while (str_next(&rest, '/', &part)) {
        if (part.len < 3 || part.p[0] != '{' || str_is_none(rest))
            continue;
        variable = str_slice(part, 1, part.len - 2);
        if (str_is(variable, "environment"))
            t->in_environment = true;
        else
            t->parent_name = variable;
    }
    return OK;
}

const struct operator_name operator_names[] = {
    { "eq", OP_EQ }, { "sw", OP_SW }, { "ew", OP_EW }, { "co", OP_CO }, { "ne", OP_NE }, { "gt", OP_GT },
    { "ge", OP_GE }, { "lt", OP_LT }, { "le", OP_LE }, { "pr", OP_PR }, { NULL, 0 },
};

unsigned operator_named(struct str word)
{
    for (const struct operator_name *o = operator_names; o->name; o++)
        if (str_is_nocase(word, o->name))
            return o->bit;
    return 0;
}

static struct attribute *attribute_add(struct type *t, struct str path)
{
    for (size_t i = 0; i < t->attributes_n; i++)
        if (str_eq(t->attributes[i].path, path))
            return &t->attributes[i];
    t->attributes[t->attributes_n] = (struct attribute){ .path = path };
    return &t->attributes[t->attributes_n++];
}

static enum err compile_operators(struct compiler *c, const struct json *list, struct attribute *a)
{
    json_each (m, list) {
        unsigned bit = operator_named(json_str(m.value));

        if (!bit)
            return fault(c, "x-filter: no operator %.*s", STR_FMT(json_str(m.value)));
        a->operators |= bit;
    }
    return OK;
}

static bool is_engine_member(const struct type *t, struct str path)
{
    static const char *const names[] = { "id", "environment.id", "createdAt", "updatedAt", NULL };
    size_t dot = str_index(path, '.');

    for (size_t i = 0; names[i]; i++)
        if (str_is(path, names[i]))
            return true;
    return t->parent_name.len && str_eq(str_slice(path, 0, dot), t->parent_name);
}

static enum err compile_attributes(struct compiler *c, const struct json *v, struct type *t)
{
    const struct json *filter = json_get(v, "x-filter"), *index = json_get(v, "x-index"),
                      *order = json_get(v, "x-order");

    t->attributes = ARENA_ARRAY(c->arena, struct attribute,
                                json_count(filter) + json_count(index) + json_count(order) + 1);
    if (!t->attributes)
        return NO_MEMORY;
    json_each (m, filter)
        TRY(compile_operators(c, m.value, attribute_add(t, m.name)));
    json_each (m, index)
        attribute_add(t, json_str(m.value))->indexed = true;
    json_each (m, order)
        attribute_add(t, json_str(m.value))->ordered = true;
    for (size_t i = 0; i < t->attributes_n; i++) {
        struct attribute *a = &t->attributes[i];

        a->field = field_find(&t->fields, a->path);
        if (!a->field && !is_engine_member(t, a->path))
            return fault(c, "no member %.*s", STR_FMT(a->path));
        if (a->ordered && !a->indexed)
            return fault(c, "x-order without x-index: %.*s", STR_FMT(a->path));
    }
    return OK;
}

static enum err link_opening(struct compiler *c, struct str relation, struct str *ret)
{
    struct buf b = buf_make(c->arena, BUF_NO_LIMIT);

    buf_add_char(&b, ',');
    json_write_str(&b, relation);
    buf_add_z(&b, ":{\"href\":\"");
    return buf_finish(&b, ret);
}

static enum err compile_links(struct compiler *c, const struct json *v, struct type *t)
{
    size_t i = 0;

    t->links_n = json_count(v);
    t->links = ARENA_ARRAY(c->arena, struct link, t->links_n);
    if (!t->links)
        return NO_MEMORY;
    json_each (m, v) {
        struct link *l = &t->links[i++];

        TRY(link_opening(c, m.name, &l->opening));
        l->href = json_kind(m.value) == JSON_OBJECT ? json_str(json_get(m.value, "href")) : json_str(m.value);
        l->condition = json_get(m.value, "if");
        if (str_is_none(l->href))
            return fault(c, "x-links: %.*s leads nowhere", STR_FMT(m.name));
    }
    return OK;
}

static const struct {
    const char *name;
    enum http_method method;
} methods[] = {
    { "GET", HTTP_GET },     { "POST", HTTP_POST },     { "PUT", HTTP_PUT },
    { "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
};

static enum err compile_action(struct compiler *c, const struct json *v, struct action *a)
{
    const struct json *request = json_get(v, "request");

    a->name = json_path_str(v, "name");
    a->path = json_path_str(v, "path");
    a->media = json_path_str(v, "media");
    a->on_collection = str_is(json_path_str(v, "on"), "collection");
    a->self = json_is_true(json_get(v, "self"));
    a->permission = json_path_str(v, "permission");
    a->status = (int)json_int(json_get(v, "status"), 200);
    a->method = HTTP_OTHER;
    for (size_t i = 0; i < LENGTH(methods); i++)
        if (str_is(json_path_str(v, "method"), methods[i].name))
            a->method = methods[i].method;
    if (a->method == HTTP_OTHER || str_is_none(a->name) || str_is_none(a->permission))
        return fault(c, "x-actions: name, method and permission are needed");
    if (!request)
        return OK;
    TRY(compile_field(c, request, &a->request));
    a->request.kind = FIELD_OBJECT;
    return OK;
}

static enum err compile_actions(struct compiler *c, const struct json *v, struct type *t)
{
    t->actions = ARENA_ARRAY(c->arena, struct action, json_count(v));
    if (!t->actions)
        return NO_MEMORY;
    json_each (m, v) {
        struct action *a = &t->actions[t->actions_n++];

        a->type = t;
        TRY(compile_action(c, m.value, a));
    }
    return OK;
}

static const struct hooks no_hooks;

enum err schema_compile(struct arena *a, struct str text, struct schema_fault *f, struct type *ret)
{
    struct compiler c = { .arena = a, .fault = f, .file = STR("(schema)") };
    struct json_fault json_fault;
    const struct json *v;
    enum err e = json_parse(a, text, &json_fault, &v);

    if (e == INVALID)
        return fault(&c, "%s at octet %zu", json_fault.reason, json_fault.offset);
    TRY(e);
    *ret = (struct type){
        .name = json_path_str(v, "$id"),
        .title = json_path_str(v, "title"),
        .path = json_path_str(v, "x-path"),
        .collection = json_path_str(v, "x-collection"),
        .scope_type = json_str(json_get(json_get(v, "x-scope"), "type")),
        .scope_at = json_str(json_get(json_get(v, "x-scope"), "at")),
        .self_except = json_path(v, "x-self.except"),
        .not_found = json_path_str(v, "x-not-found"),
        .cached = json_is_true(json_get(v, "x-cached")),
        .strict_integers = json_is_true(json_get(v, "x-strict-integers")),
        .shows_parent = !json_get(v, "x-parent-member") || json_is_true(json_get(v, "x-parent-member")),
        .max_count = (size_t)json_int(json_get(json_get(v, "x-max"), "count"), 0),
        .max_message = json_str(json_get(json_get(v, "x-max"), "message")),
        .hooks = &no_hooks,
    };
    c.file = ret->name;
    TRY(compile_field(&c, v, &ret->fields));
    ret->fields.kind = FIELD_OBJECT;
    TRY(compile_path(&c, ret));
    TRY(compile_methods(&c, "x-methods", json_get(v, "x-methods"), ret->methods));
    TRY(compile_methods(&c, "x-self", json_path(v, "x-self.methods"), ret->self));
    TRY(compile_permissions(&c, json_get(v, "x-permission"), ret));
    TRY(compile_attributes(&c, v, ret));
    TRY(compile_links(&c, json_get(v, "x-links"), ret));
    return compile_actions(&c, json_get(v, "x-actions"), ret);
}

/* A schema file stands directly below resources/; data lies deeper. */
static bool is_schema(const char *name)
{
    struct str s = str_from(name);

    return str_ends(s, STR(".json")) && str_index(s, '/') == s.len && !str_is(s, "meta-schema.json");
}

static struct type *find(struct registry *r, struct str name)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->types[i].name, name))
            return &r->types[i];
    return NULL;
}

static enum err tie_field(struct compiler *c, struct registry *r, struct field *f)
{
    if (!str_is_none(f->ref)) {
        f->ref_type = find(r, f->ref);
        if (!f->ref_type)
            return fault(c, "x-ref names no type: %.*s", STR_FMT(f->ref));
    }
    for (size_t i = 0; i < f->members_n; i++)
        TRY(tie_field(c, r, &f->members[i]));
    return f->items ? tie_field(c, r, f->items) : OK;
}

static enum err tie_parent(struct compiler *c, struct registry *r, struct type *t)
{
    struct type *parent = find(r, t->parent_name);
    struct type **children;

    if (!t->parent_name.len)
        return OK;
    if (!parent)
        return fault(c, "x-path names no type: %.*s", STR_FMT(t->parent_name));
    t->parent = parent;
    children = ARENA_ARRAY(r->arena, struct type *, parent->children_n + 1);
    if (!children)
        return NO_MEMORY;
    for (size_t i = 0; i < parent->children_n; i++)
        children[i] = parent->children[i];
    children[parent->children_n++] = t;
    parent->children = children;
    return OK;
}

static void tie_hooks(struct type *t, const struct hooks *const *hooks)
{
    for (; hooks && *hooks; hooks++)
        if (str_is(t->name, (*hooks)->type))
            t->hooks = *hooks;
}

static enum err compile_all(struct registry *r, struct schema_fault *f)
{
    size_t files = 0;

    for (const struct embedded *e = embedded_files; e->name; e++)
        files += is_schema(e->name);
    r->types = ARENA_ARRAY(r->arena, struct type, files + 1);
    if (!r->types)
        return NO_MEMORY;
    for (const struct embedded *e = embedded_files; e->name; e++)
        if (is_schema(e->name))
            TRY(schema_compile(r->arena, (struct str){ e->data, e->len }, f, &r->types[r->n++]));
    return OK;
}

enum err registry_new(const struct hooks *const *hooks, struct schema_fault *f, struct registry **ret)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct registry *r = a ? ARENA_NEW(a, struct registry) : NULL;

    if (!r)
        return NO_MEMORY;
    r->arena = a;
    TRY(compile_all(r, f));
    for (size_t i = 0; i < r->n; i++) {
        struct compiler c = { .arena = a, .fault = f, .file = r->types[i].name };

        TRY(tie_field(&c, r, &r->types[i].fields));
        TRY(tie_parent(&c, r, &r->types[i]));
        tie_hooks(&r->types[i], hooks);
        /* the types moved into the array after their actions were compiled */
        for (size_t k = 0; k < r->types[i].actions_n; k++)
            r->types[i].actions[k].type = &r->types[i];
    }
    TAKE(a);
    *ret = r;
    return OK;
}

void registry_free(struct registry *r)
{
    if (r)
        arena_free(r->arena);
}

const struct type *registry_find(const struct registry *r, struct str name)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->types[i].name, name))
            return &r->types[i];
    return NULL;
}

const struct attribute *type_attribute(const struct type *t, struct str path)
{
    for (size_t i = 0; i < t->attributes_n; i++)
        if (str_eq(t->attributes[i].path, path))
            return &t->attributes[i];
    return NULL;
}

const struct json *document_get(const struct json *document, struct str path)
{
    struct str name;

    while (document && str_next(&path, '.', &name)) {
        const struct json *found = NULL;

        json_each (m, document)
            if (str_eq(m.name, name))
                found = m.value;
        document = found;
    }
    return document;
}
