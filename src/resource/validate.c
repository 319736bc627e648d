/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a body against the compiled fields. All faults are told at once, up to the envelope's limit. */
#include "base/clock.h"
#include "base/uuid.h"
#include "resource/document.h"
#include "resource/pattern.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

struct check {
    struct http_request *rq;
    enum operation operation;
    bool strict_integers;
};

static enum err check_value(struct check *k, const struct field *f, const struct json *v, struct str target);

/* Goes on after a fault, so that the client hears of all; only memory stops it. */
static void blame(struct check *k, enum detail_code code, struct str target, const char *message)
{
    (void)problem_detail(k->rq, code, target, str_from(message)); /* it always says FAILED */
}

static void blame_inner(struct check *k, enum detail_code code, struct str target, const char *message,
                        struct buf *b)
{
    struct str inner = STR_NONE;

    if (buf_finish(b, &inner) != OK)
        inner = STR_NONE;
    (void)problem_detail_inner(k->rq, code, target, str_from(message), inner);
}

static void check_choices(struct check *k, const struct field *f, const struct json *v, struct str target)
{
    struct buf b = buf_make(k->rq->arena, BUF_NO_LIMIT);

    json_each (m, f->choices)
        if (json_eq(m.value, v))
            return;
    json_add(&b, "allowedValues", f->choices);
    blame_inner(k, INVALID_VALUE, target, "The value is none of those allowed.", &b);
}

static bool is_email(struct str s)
{
    size_t at = str_index(s, '@');

    return at > 0 && at + 1 < s.len && str_index(str_slice(s, at + 1, s.len), '@') == s.len - at - 1 &&
           str_index(s, ' ') == s.len;
}

/* A scheme, a colon and something behind it (RFC 3986 3); which schemes are welcome is the type's rule. */
static bool is_uri(struct str s)
{
    size_t colon = str_index(s, ':');

    if (colon == 0 || colon + 1 >= s.len)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || strchr("\"<>\\^`{|}", s.p[i]))
            return false;
    for (size_t i = 0; i < colon; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.", s.p[i]))
            return false;
    return true;
}

/* "en", "fr-CA", "zh-Hans-CN" (RFC 5646, the forms in use). */
static bool is_locale(struct str s)
{
    struct str part;
    bool first = true;

    while (str_next(&s, '-', &part)) {
        if (part.len < (first ? 2 : 1) || part.len > 8)
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (first ? !isalpha((unsigned char)part.p[i]) : !isalnum((unsigned char)part.p[i]))
                return false;
        first = false;
    }
    return !first;
}

static const char *format_fault(enum field_format format, struct str s)
{
    struct uuid id;
    int64_t ms;

    switch (format) {
    case FORMAT_UUID:
        return uuid_parse(s, &id) == OK ? NULL : "The value must be a UUID.";
    case FORMAT_DATE_TIME:
        return clock_parse(s, &ms) == OK ? NULL : "The value must be a time of RFC 3339.";
    case FORMAT_EMAIL:
        return is_email(s) ? NULL : "The value must be an email address.";
    case FORMAT_URI:
        return is_uri(s) ? NULL : "The value must be an absolute URI.";
    case FORMAT_LOCALE:
        return is_locale(s) ? NULL : "The value must be a language tag.";
    default:
        return NULL;
    }
}

static enum err check_pattern(struct check *k, const struct field *f, struct str s, struct str target)
{
    struct buf b = buf_make(k->rq->arena, BUF_NO_LIMIT);
    bool found;

    TRY(pattern_find(f->pattern, s, &found));
    if (found)
        return OK;
    json_add_str(&b, "allowedPattern", f->pattern_text);
    blame_inner(k, INVALID_VALUE, target, "The value has characters or a form that is not allowed.", &b);
    return OK;
}

static enum err check_string(struct check *k, const struct field *f, struct str s, struct str target)
{
    struct buf b = buf_make(k->rq->arena, BUF_NO_LIMIT);
    size_t n = str_characters(s);
    const char *fault = format_fault(f->format, s);

    if (n == 0 && f->min_length) {
        blame(k, EMPTY_VALUE, target, "The value must not be empty.");
    } else if (n < f->min_length || (f->max_length && n > f->max_length)) {
        json_add_int(&b, "rangeMinimumValue", (int64_t)f->min_length);
        if (f->max_length)
            json_add_int(&b, "rangeMaximumValue", (int64_t)f->max_length);
        blame_inner(k, SIZE_LIMIT_EXCEEDED, target, "The length of the value is outside the limits.", &b);
    } else if (fault) {
        blame(k, INVALID_VALUE, target, fault);
    } else if (f->pattern) {
        return check_pattern(k, f, s, target);
    }
    return OK;
}

static void check_number(struct check *k, const struct field *f, const struct json *v, struct str target)
{
    struct buf b = buf_make(k->rq->arena, BUF_NO_LIMIT);
    double n = json_real(v);

    if (f->kind == FIELD_INTEGER && json_kind(v) == JSON_REAL) {
        if (k->strict_integers)
            return blame(k, INVALID_VALUE, target, "The value must be a whole number.");
        n = trunc(n);
    }
    if ((!f->has_minimum || n >= f->minimum) && (!f->has_maximum || n <= f->maximum))
        return;
    if (f->has_minimum)
        json_add_int(&b, "rangeMinimumValue", (int64_t)f->minimum);
    if (f->has_maximum)
        json_add_int(&b, "rangeMaximumValue", (int64_t)f->maximum);
    blame_inner(k, OUT_OF_RANGE, target, "The value is outside the range.", &b);
}

static bool has_twin(const struct json *array, const struct json *item)
{
    size_t seen = 0;

    json_each (m, array)
        seen += json_eq(m.value, item);
    return seen > 1;
}

static enum err check_array(struct check *k, const struct field *f, const struct json *v, struct str target)
{
    size_t n = json_count(v), i = 0;

    if (n < f->min_length || (f->max_length && n > f->max_length)) {
        blame(k, SIZE_LIMIT_EXCEEDED, target, "The number of items is outside the limits.");
        return OK;
    }
    json_each (m, v) {
        struct str at;

        TRY(str_printf(k->rq->arena, &at, "%.*s[%zu]", STR_FMT(target), i++));
        TRY(check_value(k, f->items, m.value, at));
        if (f->unique_items && n <= 1000 && has_twin(v, m.value))
            blame(k, INVALID_VALUE, at, "The value stands more than once.");
    }
    return OK;
}

static const struct field *member_named(const struct field *f, struct str name)
{
    for (size_t i = 0; i < f->members_n; i++)
        if (str_eq(f->members[i].name, name))
            return &f->members[i];
    return NULL;
}

static enum err member_target(struct check *k, struct str target, struct str name, struct str *ret)
{
    if (!target.len) {
        *ret = name;
        return OK;
    }
    return str_printf(k->rq->arena, ret, "%.*s.%.*s", STR_FMT(target), STR_FMT(name));
}

static bool may_be_absent(const struct check *k, const struct field *f, struct str parent)
{
    return (k->operation == OPERATION_PATCH && !parent.len) || (k->operation == OPERATION_REPLACE && f->keep);
}

static enum err check_required(struct check *k, const struct field *f, const struct json *v,
                               struct str target)
{
    for (size_t i = 0; i < f->members_n; i++) {
        const struct json *have = document_get(v, f->members[i].name);
        struct str at;

        if (!f->members[i].required || (have && json_kind(have) != JSON_NULL))
            continue;
        if (!have && may_be_absent(k, &f->members[i], target))
            continue;
        TRY(member_target(k, target, f->members[i].name, &at));
        blame(k, REQUIRED_VALUE, at, "The value is required.");
    }
    return OK;
}

static enum err check_object(struct check *k, const struct field *f, const struct json *v, struct str target)
{
    json_each (m, v) {
        const struct field *member = member_named(f, m.name);
        struct str at;

        if (!member || member->read_only || json_kind(m.value) == JSON_NULL)
            continue;
        TRY(member_target(k, target, m.name, &at));
        TRY(check_value(k, member, m.value, at));
    }
    return check_required(k, f, v, target);
}

static bool kind_fits(enum field_kind kind, enum json_kind have)
{
    switch (kind) {
    case FIELD_STRING:
        return have == JSON_STRING;
    case FIELD_INTEGER:
    case FIELD_NUMBER:
        return have == JSON_INTEGER || have == JSON_REAL;
    case FIELD_BOOLEAN:
        return have == JSON_BOOL;
    case FIELD_OBJECT:
        return have == JSON_OBJECT;
    case FIELD_ARRAY:
        return have == JSON_ARRAY;
    default:
        return true;
    }
}

static enum err check_value(struct check *k, const struct field *f, const struct json *v, struct str target)
{
    static const char *const wanted[] = {
        [FIELD_STRING] = "The value must be a string.",  [FIELD_INTEGER] = "The value must be a number.",
        [FIELD_NUMBER] = "The value must be a number.",  [FIELD_BOOLEAN] = "The value must be true or false.",
        [FIELD_OBJECT] = "The value must be an object.", [FIELD_ARRAY] = "The value must be an array.",
    };

    if (!kind_fits(f->kind, json_kind(v))) {
        blame(k, INVALID_VALUE, target, wanted[f->kind]);
        return OK;
    }
    if (f->choices)
        check_choices(k, f, v, target);
    else if (f->kind == FIELD_STRING)
        return check_string(k, f, json_str(v), target);
    else if (f->kind == FIELD_INTEGER || f->kind == FIELD_NUMBER)
        check_number(k, f, v, target);
    if (f->kind == FIELD_ARRAY)
        return check_array(k, f, v, target);
    return f->kind == FIELD_OBJECT ? check_object(k, f, v, target) : OK;
}

static enum err refuse_text(struct http_request *rq, const struct json_fault *fault)
{
    struct str message;

    if (fault->member.len)
        TRY(str_printf(rq->arena, &message, "The body is not acceptable JSON: %s \"%.*s\".", fault->reason,
                       STR_FMT(fault->member)));
    else
        TRY(str_printf(rq->arena, &message, "The body is not JSON: %s, at octet %zu.", fault->reason,
                       fault->offset));
    (void)problem_set(rq, 400, INVALID_REQUEST, STR_NONE);
    return problem_detail(rq, INVALID_VALUE, fault->member, message);
}

enum err body_check(struct http_request *rq, const struct field *root, enum operation operation,
                    bool strict_integers, const struct json **ret)
{
    struct check k = { .rq = rq, .operation = operation, .strict_integers = strict_integers };
    struct json_fault fault;
    const struct json *v;
    enum err e = json_parse(rq->arena, rq->body, &fault, &v);

    if (e == INVALID)
        return refuse_text(rq, &fault);
    TRY(e);
    if (json_kind(v) != JSON_OBJECT)
        return refuse_text(rq, &(struct json_fault){ .reason = "an object is expected" });
    TRY(check_object(&k, root, v, STR("")));
    if (rq->problem.status)
        return FAILED;
    *ret = v;
    return OK;
}
