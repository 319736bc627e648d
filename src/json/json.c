/* SPDX-License-Identifier: Apache-2.0 */
/* JSON by yyjson, with the checks it leaves to its user: duplicate members, depth, NUL. */
#include "json/json.h"

#include "base/clock.h"

#include <stdlib.h>
#include <yyjson.h>

/* struct json is yyjson's value under our name. */
static yyjson_val *val(const struct json *v)
{
    return (yyjson_val *)(uintptr_t)v;
}

static const struct json *json_of(yyjson_val *v)
{
    return (const struct json *)v;
}

static void *arena_malloc(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

static void *arena_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
    void *q;

    if (size <= old_size)
        return p;
    q = arena_alloc(ctx, size);
    if (q)
        memcpy(q, p, old_size);
    return q;
}

static void arena_release(void *ctx UNUSED, void *p UNUSED)
{
}

static enum err refuse(struct json_fault *fault, const char *reason, struct str member, size_t offset)
{
    if (fault)
        *fault = (struct json_fault){ .reason = reason, .member = member, .offset = offset };
    return INVALID;
}

/* Nesting deeper than the limit is found on the text: the parser's own result would already be walked deeply.
 */
static bool is_too_deep(struct str text)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];

        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']') && depth)
            depth--;
        if (depth > JSON_DEPTH_MAX)
            return true;
    }
    return false;
}

static bool has_nul(struct str s)
{
    return str_index(s, '\0') < s.len;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Sorted names make a duplicate a neighbour; n log n whatever the client sends. */
static enum err check_names(struct arena *a, const struct json *object, struct json_fault *fault)
{
    size_t n = json_count(object), i = 0;
    struct str *names;

    if (n < 2)
        return OK;
    names = ARENA_ARRAY(a, struct str, n);
    if (!names)
        return NO_MEMORY;
    json_each (m, object)
        names[i++] = m.name;
    qsort(names, n, sizeof(*names), by_name);
    for (i = 1; i < n; i++)
        if (str_eq(names[i - 1], names[i]))
            return refuse(fault, "duplicate member", names[i], 0);
    return OK;
}

static enum err check(struct arena *a, const struct json *v, struct str name, struct json_fault *fault)
{
    if (has_nul(name) || has_nul(json_str(v)))
        return refuse(fault, "NUL character", name, 0);
    if (json_kind(v) == JSON_OBJECT)
        TRY(check_names(a, v, fault));
    json_each (m, v)
        TRY(check(a, m.value, str_is_none(m.name) ? name : m.name, fault));
    return OK;
}

static enum err read_text(struct arena *a, struct str text, struct json_fault *fault, const struct json **ret)
{
    const yyjson_alc alc = { arena_malloc, arena_realloc, arena_release, a };
    yyjson_read_err err;
    yyjson_doc *doc;

    if (text.len == 0)
        return refuse(fault, "empty text", STR_NONE, 0);
    doc = yyjson_read_opts((char *)(uintptr_t)text.p, text.len, YYJSON_READ_NOFLAG, &alc, &err);
    if (!doc && err.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return NO_MEMORY;
    if (!doc)
        return refuse(fault, err.msg, STR_NONE, err.pos);
    *ret = json_of(yyjson_doc_get_root(doc));
    return OK;
}

enum err json_parse(struct arena *a, struct str text, struct json_fault *fault, const struct json **ret)
{
    const struct json *v;

    if (is_too_deep(text))
        return refuse(fault, "nested too deeply", STR_NONE, 0);
    TRY(read_text(a, text, fault, &v));
    TRY(check(a, v, STR_NONE, fault));
    *ret = v;
    return OK;
}

enum err json_parse_stored(struct arena *a, struct str text, const struct json **ret)
{
    enum err e = read_text(a, text, NULL, ret);

    return e == INVALID ? CORRUPT : e;
}

enum json_kind json_kind(const struct json *v)
{
    switch (yyjson_get_type(val(v))) {
    case YYJSON_TYPE_NULL:
        return JSON_NULL;
    case YYJSON_TYPE_BOOL:
        return JSON_BOOL;
    case YYJSON_TYPE_NUM:
        return yyjson_is_real(val(v)) ? JSON_REAL : JSON_INTEGER;
    case YYJSON_TYPE_STR:
        return JSON_STRING;
    case YYJSON_TYPE_ARR:
        return JSON_ARRAY;
    case YYJSON_TYPE_OBJ:
        return JSON_OBJECT;
    default:
        return JSON_ABSENT;
    }
}

const struct json *json_get(const struct json *object, const char *name)
{
    return json_of(yyjson_obj_get(val(object), name));
}

const struct json *json_path(const struct json *object, const char *path)
{
    struct str rest = str_from(path), name;

    while (object && str_next(&rest, '.', &name))
        object = json_of(yyjson_obj_getn(val(object), name.p, name.len));
    return object;
}

struct str json_str(const struct json *v)
{
    return yyjson_is_str(val(v)) ? (struct str){ yyjson_get_str(val(v)), yyjson_get_len(val(v)) } : STR_NONE;
}

struct str json_path_str(const struct json *object, const char *path)
{
    return json_str(json_path(object, path));
}

bool json_is_true(const struct json *v)
{
    return yyjson_is_true(val(v));
}

int64_t json_int(const struct json *v, int64_t otherwise)
{
    double real = yyjson_get_real(val(v));

    if (yyjson_is_sint(val(v)))
        return yyjson_get_sint(val(v));
    if (yyjson_is_uint(val(v)))
        return yyjson_get_uint(val(v)) > INT64_MAX ? INT64_MAX : (int64_t)yyjson_get_uint(val(v));
    if (!yyjson_is_real(val(v)))
        return otherwise;
    if (real >= 0x1p63)
        return INT64_MAX;
    return real < -0x1p63 ? INT64_MIN : (int64_t)real;
}

double json_real(const struct json *v)
{
    return yyjson_get_num(val(v));
}

size_t json_count(const struct json *v)
{
    return yyjson_is_ctn(val(v)) ? yyjson_get_len(val(v)) : 0;
}

bool json_eq(const struct json *a, const struct json *b)
{
    if (!a || !b)
        return a == b;
    return yyjson_equals(val(a), val(b));
}

static struct json_member member_at(yyjson_val *at, size_t left, bool object)
{
    struct json_member m = { .left = left, .object = object };

    if (left == 0)
        return m;
    if (object) {
        m.name = (struct str){ yyjson_get_str(at), yyjson_get_len(at) };
        at++; /* a member's value follows its name */
    }
    m.value = json_of(at);
    m.next = unsafe_yyjson_get_next(at);
    return m;
}

struct json_member json_first(const struct json *container)
{
    if (!yyjson_is_ctn(val(container)))
        return (struct json_member){ 0 };
    return member_at(unsafe_yyjson_get_first(val(container)), json_count(container),
                     yyjson_is_obj(val(container)));
}

struct json_member json_next(struct json_member m)
{
    return member_at((yyjson_val *)(uintptr_t)m.next, m.left - 1, m.object);
}

/* What must be escaped in a string (RFC 8259 7); the rest is copied in runs. */
static bool needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static void write_escape(struct buf *b, char c)
{
    static const char named[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    const char *at = c ? strchr(named, c) : NULL;

    if (at)
        buf_printf(b, "\\%c", at[1]);
    else
        buf_printf(b, "\\u%04x", (unsigned char)c);
}

void json_write_str(struct buf *b, struct str s)
{
    size_t run = 0;

    buf_add_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (!needs_escape(s.p[i]))
            continue;
        buf_add(b, str_slice(s, run, i - run));
        write_escape(b, s.p[i]);
        run = i + 1;
    }
    buf_add(b, str_slice(s, run, s.len - run));
    buf_add_char(b, '"');
}

static void write_container(struct buf *b, const struct json *v, char open, char close)
{
    json_open(b, open);
    json_each (m, v) {
        json_key_str(b, m.name);
        json_write(b, m.value);
    }
    json_close(b, close);
}

static void write_real(struct buf *b, double real)
{
    char text[40];

    snprintf(text, sizeof(text), "%.15g", real);
    if (strtod(text, NULL) != real)
        snprintf(text, sizeof(text), "%.17g", real);
    buf_add_z(b, text);
    if (!strpbrk(text, ".e"))
        buf_add_z(b, ".0"); /* still a real when it is read again */
}

void json_write(struct buf *b, const struct json *v)
{
    switch (json_kind(v)) {
    case JSON_OBJECT:
        write_container(b, v, '{', '}');
        return;
    case JSON_ARRAY:
        write_container(b, v, '[', ']');
        return;
    case JSON_STRING:
        json_write_str(b, json_str(v));
        return;
    case JSON_INTEGER:
        if (yyjson_is_uint(val(v)))
            buf_printf(b, "%llu", (unsigned long long)yyjson_get_uint(val(v)));
        else
            buf_add_int(b, json_int(v, 0));
        return;
    case JSON_REAL:
        write_real(b, json_real(v));
        return;
    case JSON_BOOL:
        buf_add_z(b, json_is_true(v) ? "true" : "false");
        return;
    default:
        buf_add_z(b, "null");
    }
}

/* A comma unless this is the first thing after a bracket or a name. */
static void separate(struct buf *b)
{
    if (b->len && b->err == OK && !strchr("{[:,", b->p[b->len - 1]))
        buf_add_char(b, ',');
}

void json_open(struct buf *b, char bracket)
{
    separate(b);
    buf_add_char(b, bracket);
}

void json_close(struct buf *b, char bracket)
{
    buf_add_char(b, bracket);
}

void json_key_str(struct buf *b, struct str name)
{
    separate(b);
    if (str_is_none(name))
        return;
    json_write_str(b, name);
    buf_add_char(b, ':');
}

void json_key(struct buf *b, const char *name)
{
    json_key_str(b, str_from(name));
}

void json_open_member(struct buf *b, const char *name, char bracket)
{
    json_key(b, name);
    buf_add_char(b, bracket);
}

void json_add(struct buf *b, const char *name, const struct json *value)
{
    json_key(b, name);
    json_write(b, value);
}

void json_add_str(struct buf *b, const char *name, struct str value)
{
    json_key(b, name);
    json_write_str(b, value);
}

void json_add_int(struct buf *b, const char *name, int64_t value)
{
    json_key(b, name);
    buf_add_int(b, value);
}

void json_add_bool(struct buf *b, const char *name, bool value)
{
    json_key(b, name);
    buf_add_z(b, value ? "true" : "false");
}

void json_add_raw(struct buf *b, const char *name, struct str text)
{
    json_key(b, name);
    buf_add(b, text);
}

void json_add_extra(struct buf *b, struct str members)
{
    separate(b);
    buf_add(b, members);
}

void json_add_id(struct buf *b, const char *name, struct uuid id)
{
    char text[UUID_TEXT_LENGTH + 1];

    if (uuid_is_nil(id))
        return;
    uuid_format(id, text);
    json_add_str(b, name, str_from(text));
}

void json_add_time(struct buf *b, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(ms, text);
    json_add_str(b, name, str_from(text));
}
