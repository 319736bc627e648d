/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259) read into an arena and written into a buffer. Reading is strict: duplicate members, nesting
 * over JSON_DEPTH_MAX, NUL in a text, malformed UTF-8 and anything after the value are refused.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/buf.h"
#include "base/uuid.h"

enum { JSON_DEPTH_MAX = 64 };

/* A value of a parsed text, read only; it lives as long as the arena. NULL stands for an absent value, and
 * every function below takes it. */
struct json;

/* Where and why a text was refused. */
struct json_fault {
    const char *reason; /* static text: "duplicate member" */
    struct str member;  /* the member concerned; STR_NONE when the grammar is broken */
    size_t offset;      /* octets from the start */
};

/**
 * Parse one JSON text.
 * ->  OK; INVALID (`fault`, when not NULL, says why); NO_MEMORY
 */
enum err json_parse(struct arena *a, struct str text, struct json_fault *fault,
                    const struct json **ret) MUST_CHECK;

/**
 * Parse a text of our own: what json_parse looks for beyond the grammar was looked for before it was stored.
 * ->  OK; CORRUPT; NO_MEMORY
 */
enum err json_parse_stored(struct arena *a, struct str text, const struct json **ret) MUST_CHECK;

enum json_kind {
    JSON_ABSENT,
    JSON_NULL,
    JSON_BOOL,
    JSON_INTEGER,
    JSON_REAL,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/** What a value is; JSON_ABSENT for NULL. */
enum json_kind json_kind(const struct json *v);

/** The member of an object; NULL when it has none or is no object. A linear search: iterate big objects once.
 */
const struct json *json_get(const struct json *object, const char *name);

/** The same with a path of names: "population.id". */
const struct json *json_path(const struct json *object, const char *path);

/** The text of a string; STR_NONE for anything else. */
struct str json_str(const struct json *v);

/** json_str(json_path(object, path)) */
struct str json_path_str(const struct json *object, const char *path);

/** Whether it is the boolean true. */
bool json_is_true(const struct json *v);

/** An integer's value; a real is truncated (1.5 -> 1) and clamped; `otherwise` for anything else. */
int64_t json_int(const struct json *v, int64_t otherwise);

/** A number's value; 0 for anything else. */
double json_real(const struct json *v);

/** Items of an array or members of an object; 0 for anything else. */
size_t json_count(const struct json *v);

/** Whether both hold the same value; members may stand in any order. */
bool json_eq(const struct json *a, const struct json *b);

/* A walk over the items of an array or the members of an object:
 *     json_each (m, object)
 *         use(m.name, m.value);
 */
struct json_member {
    struct str name; /* STR_NONE in an array */
    const struct json *value;
    size_t left;
    const void *next;
    bool object;
};

/** The first member of an object or item of an array; `value` is NULL when there is none. */
struct json_member json_first(const struct json *container);

/** The one behind; `value` is NULL behind the last. */
struct json_member json_next(struct json_member m);
#define json_each(m, container) for (struct json_member m = json_first(container); m.value; m = json_next(m))

/** Append a value as compact JSON. '&', '<', '>' and '/' stay as they are: clients replace on them. */
void json_write(struct buf *b, const struct json *v);

/** Append a text as a JSON string with its quotes. */
void json_write_str(struct buf *b, struct str s);

/*
 * Writing object by object; commas are added by themselves, a name of NULL adds an item to an array:
 *     json_open(b, '{');
 *     json_add_str(b, "id", id);
 *     json_open_member(b, "links", '{');
 *     ...
 *     json_close(b, '}');
 */

/** Begin an object ('{') or array ('['), at the top or behind json_key. */
void json_open(struct buf *b, char bracket);

/** End what was begun last, by its closing bracket. */
void json_close(struct buf *b, char bracket);

/** Begin a member: its value comes next. */
void json_key(struct buf *b, const char *name);

/** Begin a member whose name needs escaping. */
void json_key_str(struct buf *b, struct str name);

/** Begin an object or array as a member. */
void json_open_member(struct buf *b, const char *name, char bracket);

/** A value as it is, with all that it holds. */
void json_add(struct buf *b, const char *name, const struct json *value);

/** A string. */
void json_add_str(struct buf *b, const char *name, struct str value);

/** A number. */
void json_add_int(struct buf *b, const char *name, int64_t value);

/** true or false. */
void json_add_bool(struct buf *b, const char *name, bool value);

/** A value that is JSON text already. */
void json_add_raw(struct buf *b, const char *name, struct str text);

/** Members that are JSON text already: "a":1,"b":2. */
void json_add_extra(struct buf *b, struct str members);

/** An identifier as text; a nil one is left out. */
void json_add_id(struct buf *b, const char *name, struct uuid id);

/** A time in milliseconds since 1970, as RFC 3339. */
void json_add_time(struct buf *b, const char *name, int64_t ms);

#endif
