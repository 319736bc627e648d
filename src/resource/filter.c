/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM filters: a recursive descent parser, evaluation on documents, and the choice of driving index ranges.
 */
#include "resource/filter.h"

#include "base/clock.h"

#include <ctype.h>
#include <strings.h>

struct parser {
    struct arena *arena;
    const struct type *type;
    struct str rest;
    struct filter_fault *fault;
    unsigned depth, terms;
    bool in_brackets;
};

static enum err parse_or(struct parser *p, const struct filter **ret);

static enum err refuse(struct parser *p, struct str message)
{
    *p->fault = (struct filter_fault){ .message = message };
    return INVALID;
}

static void skip_blanks(struct parser *p)
{
    while (p->rest.len && p->rest.p[0] == ' ')
        p->rest = str_slice(p->rest, 1, p->rest.len);
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-' || c == ':' || c == '$' || c == '+';
}

static struct str peek_word(struct parser *p)
{
    size_t n = 0;

    skip_blanks(p);
    while (n < p->rest.len && is_word_char(p->rest.p[n]))
        n++;
    return str_slice(p->rest, 0, n);
}

static void skip(struct parser *p, size_t n)
{
    p->rest = str_slice(p->rest, n, p->rest.len);
}

static bool take_word(struct parser *p, const char *word)
{
    struct str found = peek_word(p);

    if (!str_is_nocase(found, word))
        return false;
    skip(p, found.len);
    return true;
}

static bool take_char(struct parser *p, char c)
{
    skip_blanks(p);
    if (!p->rest.len || p->rest.p[0] != c)
        return false;
    skip(p, 1);
    return true;
}

static enum err node(struct parser *p, struct filter f, const struct filter **ret)
{
    struct filter *kept = ARENA_NEW(p->arena, struct filter);

    if (!kept)
        return NO_MEMORY;
    *kept = f;
    *ret = kept;
    return OK;
}

/* Octets of the JSON value at the front of the text; 0: there is none. */
static size_t value_length(struct str s)
{
    size_t n = 0;

    if (!s.len || s.p[0] != '"') {
        while (n < s.len && is_word_char(s.p[n]))
            n++;
        return n;
    }
    for (n = 1; n < s.len && s.p[n] != '"'; n++)
        n += s.p[n] == '\\';
    return n < s.len ? n + 1 : 0;
}

static enum err parse_value(struct parser *p, const struct json **ret)
{
    size_t n;
    enum err e;

    skip_blanks(p);
    n = value_length(p->rest);
    if (n == 0)
        return refuse(p, STR("A value is missing after the operator."));
    e = json_parse(p->arena, str_slice(p->rest, 0, n), NULL, ret);
    if (e == INVALID || json_kind(*ret) == JSON_OBJECT || json_kind(*ret) == JSON_ARRAY)
        return refuse(p, STR("A value is a quoted text, a number, true, false or null."));
    skip(p, n);
    return e;
}

/* innerError of an unknown attribute or operator lists what there is (reference: error model). */
static enum err refuse_attribute(struct parser *p)
{
    struct buf b = buf_make(p->arena, BUF_NO_LIMIT);

    *p->fault =
        (struct filter_fault){ .message = STR("The filter names an attribute that is not supported.") };
    json_open_member(&b, "supportedAttributes", '[');
    for (size_t i = 0; i < p->type->attributes_n; i++)
        if (p->type->attributes[i].operators)
            json_add_str(&b, NULL, p->type->attributes[i].path);
    json_close(&b, ']');
    TRY(buf_finish(&b, &p->fault->inner));
    return INVALID;
}

static enum err refuse_operator(struct parser *p, unsigned supported)
{
    struct buf b = buf_make(p->arena, BUF_NO_LIMIT);

    *p->fault =
        (struct filter_fault){ .message =
                                   STR("The filter uses an operator that this attribute does not support.") };
    json_open_member(&b, "supportedOperators", '[');
    for (const struct operator_name *o = operator_names; o->name; o++)
        if (supported & o->bit)
            json_add_str(&b, NULL, str_from(o->name));
    json_close(&b, ']');
    TRY(buf_finish(&b, &p->fault->inner));
    return INVALID;
}

/* In brackets the attribute is relative to the list's items: "memberOfGroups[id eq ...]" is declared as
 * memberOfGroups.id. */
static enum err parse_comparison(struct parser *p, struct str path, struct str prefix,
                                 const struct filter **ret)
{
    struct filter f = { .kind = FILTER_COMPARE, .path = path };
    struct str word = peek_word(p), full = path;

    f.operator= operator_named(word);
    if (!f.operator)
        return refuse(p, STR("An operator is expected after the attribute."));
    skip(p, word.len);
    if (prefix.len)
        TRY(str_printf(p->arena, &full, "%.*s.%.*s", STR_FMT(prefix), STR_FMT(path)));
    f.attribute = type_attribute(p->type, full);
    if (!f.attribute || !f.attribute->operators)
        return refuse_attribute(p);
    if (!(f.attribute->operators & f.operator))
        return refuse_operator(p, f.attribute->operators);
    if (f.operator!= OP_PR)
        TRY(parse_value(p, &f.value));
    return node(p, f, ret);
}

static enum err parse_brackets(struct parser *p, struct str path, const struct filter **ret)
{
    struct filter f = { .kind = FILTER_ANY_OF, .path = path };
    struct filter both = { .kind = FILTER_AND };

    do {
        struct str name = peek_word(p);
        const struct filter *term;

        skip(p, name.len);
        TRY(parse_comparison(p, name, path, &term));
        if (f.left) {
            both.left = f.left;
            both.right = term;
            TRY(node(p, both, &term));
        }
        f.left = term;
    } while (take_word(p, "and"));
    if (!take_char(p, ']'))
        return refuse(p, STR("A bracket is not closed."));
    return node(p, f, ret);
}

static enum err parse_group(struct parser *p, const struct filter **ret)
{
    if (++p->depth > FILTER_DEPTH_MAX)
        return refuse(p, STR("The filter is nested too deeply."));
    TRY(parse_or(p, ret));
    p->depth--;
    return take_char(p, ')') ? OK : refuse(p, STR("A parenthesis is not closed."));
}

static enum err parse_not(struct parser *p, const struct filter **ret)
{
    struct filter f = { .kind = FILTER_NOT };

    if (!take_char(p, '('))
        return refuse(p, STR("A parenthesis is expected after not."));
    TRY(parse_group(p, &f.left));
    return node(p, f, ret);
}

static enum err parse_term(struct parser *p, const struct filter **ret)
{
    struct str word;

    if (++p->terms > FILTER_TERMS_MAX)
        return refuse(p, STR("The filter has too many terms."));
    if (take_char(p, '('))
        return parse_group(p, ret);
    if (take_word(p, "not"))
        return parse_not(p, ret);
    word = peek_word(p);
    if (word.len == 0)
        return refuse(p, STR("An attribute is expected."));
    skip(p, word.len);
    if (take_char(p, '['))
        return parse_brackets(p, word, ret);
    return parse_comparison(p, word, STR_NONE, ret);
}

static enum err parse_and(struct parser *p, const struct filter **ret)
{
    TRY(parse_term(p, ret));
    while (take_word(p, "and")) {
        struct filter f = { .kind = FILTER_AND, .left = *ret };

        TRY(parse_term(p, &f.right));
        TRY(node(p, f, ret));
    }
    return OK;
}

static enum err parse_or(struct parser *p, const struct filter **ret)
{
    TRY(parse_and(p, ret));
    while (take_word(p, "or")) {
        struct filter f = { .kind = FILTER_OR, .left = *ret };

        TRY(parse_and(p, &f.right));
        TRY(node(p, f, ret));
    }
    return OK;
}

enum err filter_parse(struct arena *a, const struct type *t, struct str text, struct filter_fault *fault,
                      const struct filter **ret)
{
    struct parser p = { .arena = a, .type = t, .rest = text, .fault = fault };
    const struct filter *f;

    if (text.len > FILTER_LENGTH_MAX)
        return refuse(&p, STR("The filter is too long."));
    if (!str_is_utf8(text))
        return refuse(&p, STR("The filter is not UTF-8."));
    TRY(parse_or(&p, &f));
    skip_blanks(&p);
    if (p.rest.len)
        return refuse(&p, STR("The filter goes on after its end."));
    *ret = f;
    return OK;
}

static int compare_text(struct str a, struct str b, bool nocase)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order;

    if (!nocase)
        return str_cmp(a, b);
    order = common ? strncasecmp(a.p, b.p, common) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool text_matches(const struct filter *f, struct str have, struct str want)
{
    bool nocase = f->attribute->field && f->attribute->field->nocase;

    switch (f->operator) {
    case OP_SW:
        return compare_text(str_slice(have, 0, want.len), want, nocase) == 0;
    case OP_EW:
        return have.len >= want.len &&
               compare_text(str_slice(have, have.len - want.len, want.len), want, nocase) == 0;
    default: /* co */
        for (size_t i = 0; i + want.len <= have.len; i++)
            if (compare_text(str_slice(have, i, want.len), want, nocase) == 0)
                return true;
        return false;
    }
}

/* <0, 0, >0; false when the two have no order. */
static bool order_of(const struct filter *f, const struct json *have, int *ret)
{
    struct str x = json_str(have), y = json_str(f->value);
    int64_t at, other;

    if (!str_is_none(x) && !str_is_none(y)) {
        bool times = (f->operator&(OP_GT | OP_GE | OP_LT | OP_LE | OP_EQ)) && clock_parse(x, &at) == OK &&
                     clock_parse(y, &other) == OK;

        *ret = times ? (at > other) - (at < other)
                     : compare_text(x, y, f->attribute->field && f->attribute->field->nocase);
        return true;
    }
    if ((json_kind(have) == JSON_INTEGER || json_kind(have) == JSON_REAL) &&
        (json_kind(f->value) == JSON_INTEGER || json_kind(f->value) == JSON_REAL)) {
        *ret = (json_real(have) > json_real(f->value)) - (json_real(have) < json_real(f->value));
        return true;
    }
    *ret = 0;
    return json_eq(have, f->value);
}

static bool value_matches(const struct filter *f, const struct json *have)
{
    int order;
    bool ordered;

    if (f->operator== OP_PR)
        return json_kind(have) != JSON_NULL;
    if (f->operator&(OP_SW | OP_EW | OP_CO))
        return text_matches(f, json_str(have), json_str(f->value));
    ordered = order_of(f, have, &order);
    switch (f->operator) {
    case OP_EQ:
        return ordered && order == 0;
    case OP_NE:
        return !ordered || order != 0;
    case OP_GT:
        return ordered && order > 0;
    case OP_GE:
        return ordered && order >= 0;
    case OP_LT:
        return ordered && order < 0;
    default:
        return ordered && order <= 0;
    }
}

/* The values a path leads to, through arrays; any of them may match. */
static bool path_matches(const struct filter *f, const struct json *at, struct str path)
{
    struct str name, rest = path;

    if (json_kind(at) == JSON_ARRAY) {
        json_each (m, at)
            if (path_matches(f, m.value, path))
                return true;
        return false;
    }
    if (!str_next(&rest, '.', &name))
        return at && value_matches(f, at);
    json_each (m, at)
        if (str_eq(m.name, name))
            return path_matches(f, m.value, rest);
    return f->operator== OP_NE;
}

static bool any_item_matches(const struct filter *f, const struct json *list)
{
    json_each (m, list)
        if (filter_matches(f->left, m.value))
            return true;
    return false;
}

bool filter_matches(const struct filter *f, const struct json *document)
{
    if (!f)
        return true;
    switch (f->kind) {
    case FILTER_AND:
        return filter_matches(f->left, document) && filter_matches(f->right, document);
    case FILTER_OR:
        return filter_matches(f->left, document) || filter_matches(f->right, document);
    case FILTER_NOT:
        return !filter_matches(f->left, document);
    case FILTER_NOTHING:
        return false;
    case FILTER_ANY_OF:
        return any_item_matches(f, document_get(document, f->path));
    default:
        return path_matches(f, document, f->path);
    }
}

enum err filter_and(struct arena *a, const struct filter *x, const struct filter *y,
                    const struct filter **ret)
{
    struct parser p = { .arena = a };

    if (!x || !y) {
        *ret = x ? x : y;
        return OK;
    }
    return node(&p, (struct filter){ .kind = FILTER_AND, .left = x, .right = y }, ret);
}

static enum err id_value(struct arena *a, struct uuid id, const struct json **ret)
{
    char text[UUID_TEXT_LENGTH + 1];
    struct str json;

    uuid_format(id, text);
    TRY(str_printf(a, &json, "\"%s\"", text));
    return json_parse(a, json, NULL, ret);
}

enum err filter_ids(struct arena *a, const struct type *t, struct str path, const struct uuid *ids, size_t n,
                    const struct filter **ret)
{
    static const struct attribute undeclared;
    const struct attribute *attribute = type_attribute(t, path);
    static const struct filter nothing = { .kind = FILTER_NOTHING };
    struct parser p = { .arena = a };
    const struct filter *all = NULL;

    for (size_t i = 0; i < n; i++) {
        struct filter f = { .kind = FILTER_COMPARE, .path = path, .operator= OP_EQ };
        const struct filter *one;

        f.attribute = attribute ? attribute : &undeclared;
        TRY(id_value(a, ids[i], &f.value));
        TRY(node(&p, f, &one));
        if (all)
            TRY(node(&p, (struct filter){ .kind = FILTER_OR, .left = all, .right = one }, &one));
        all = one;
    }
    *ret = all ? all : &nothing;
    return OK;
}

enum err value_normalise(struct arena *a, const struct field *f, const struct json *v, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct str s = json_str(v);

    if (str_is_none(s)) {
        json_write(&b, v);
        return buf_finish(&b, ret);
    }
    if (!f || !f->nocase) {
        *ret = s;
        return OK;
    }
    for (size_t i = 0; i < s.len; i++)
        buf_add_char(&b, (char)tolower((unsigned char)s.p[i]));
    return buf_finish(&b, ret);
}

/* No text in UTF-8 holds this octet, nor does a filter. */
#define BEHIND_ALL STR("\xff")

enum err value_in_index(struct arena *a, const struct attribute *t, const struct json *document,
                        struct str *ret)
{
    const struct json *v = document_get(document, t->path);

    if (v && json_kind(v) != JSON_NULL)
        return value_normalise(a, t->field, v, ret);
    *ret = t->ordered ? BEHIND_ALL : STR_NONE;
    return OK;
}

static bool is_drivable(const struct filter *f)
{
    return f->kind == FILTER_COMPARE && f->attribute->indexed && (f->operator&(OP_EQ | OP_SW)) &&
           (f->operator== OP_EQ || json_str(f->value).len);
}

size_t filter_drives(struct arena *a, const struct filter *f, struct drive drives[DRIVES_MAX])
{
    struct drive *right;
    size_t n, more;

    if (!f)
        return 0;
    if (is_drivable(f)) {
        drives[0] = (struct drive){ .attribute = f->attribute, .prefix = f->operator== OP_SW };
        return value_normalise(a, f->attribute->field, f->value, &drives[0].value) == OK ? 1 : 0;
    }
    if (f->kind != FILTER_AND && f->kind != FILTER_OR)
        return 0;
    n = filter_drives(a, f->left, drives);
    if (f->kind == FILTER_AND && n == 1 && !drives[0].prefix)
        return n;
    right = ARENA_ARRAY(a, struct drive, DRIVES_MAX);
    more = right ? filter_drives(a, f->right, right) : 0;
    if (f->kind == FILTER_AND && (n == 0 || (more && more < n))) {
        memcpy(drives, right, more * sizeof(*right));
        return more;
    }
    if (f->kind == FILTER_AND)
        return n;
    if (!n || !more || n + more > DRIVES_MAX)
        return 0;
    memcpy(drives + n, right, more * sizeof(*right));
    return n + more;
}
