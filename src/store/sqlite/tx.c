/* SPDX-License-Identifier: Apache-2.0 */
/* What a transaction can do, each a prepared statement. */
#include "base/clock.h"
#include "store/sqlite/sqlite.h"

#include <openssl/evp.h>

enum {
    VALUE_PREFIX = 64, /* octets of an index value that are kept as they are */
    HASH_SIZE = 16,
};

/* Binds values from the first on; the first failure sticks. */
struct binder {
    sqlite3_stmt *s;
    int at, code;
};

static void bind_octets(struct binder *b, const void *p, size_t n)
{
    int code = sqlite3_bind_blob64(b->s, ++b->at, n ? p : "", n, SQLITE_STATIC);

    b->code = b->code ? b->code : code;
}

static void bind_id(struct binder *b, const struct uuid *id)
{
    bind_octets(b, id->b, sizeof(id->b));
}

static void bind_text(struct binder *b, struct str s)
{
    int code = str_is_none(s) ? sqlite3_bind_null(b->s, ++b->at)
                              : sqlite3_bind_text64(b->s, ++b->at, s.p, s.len, SQLITE_STATIC, SQLITE_UTF8);

    b->code = b->code ? b->code : code;
}

static void bind_document(struct binder *b, struct str s)
{
    if (str_is_none(s))
        sqlite3_bind_null(b->s, ++b->at);
    else
        bind_octets(b, s.p, s.len);
}

static void bind_int(struct binder *b, int64_t n)
{
    sqlite3_bind_int64(b->s, ++b->at, n);
}

static enum err binder_begin(struct tx *tx, enum statement which, struct binder *b)
{
    *b = (struct binder){ 0 };
    return statement_get(tx->connection, which, &b->s);
}

/* Run a statement to its end. -> OK, `ret_changes` rows changed */
static enum err finish(struct tx *tx, struct binder *b, int *ret_changes)
{
    int code = b->code ? b->code : sqlite3_step(b->s);

    if (ret_changes)
        *ret_changes = sqlite3_changes(tx->connection->db);
    sqlite3_reset(b->s);
    if ((code & 0xff) == SQLITE_CONSTRAINT)
        return CONFLICT;
    return sqlite_err(code);
}

/* The next row. -> OK; NOT_FOUND: there is none, and the statement is reset */
static enum err next_row(struct binder *b)
{
    int code = b->code ? b->code : sqlite3_step(b->s);

    if (code == SQLITE_ROW)
        return OK;
    sqlite3_reset(b->s);
    return code == SQLITE_DONE ? NOT_FOUND : sqlite_err(code);
}

static struct uuid column_id(sqlite3_stmt *s, int column)
{
    struct uuid id = { { 0 } };

    if (sqlite3_column_bytes(s, column) == sizeof(id.b))
        memcpy(id.b, sqlite3_column_blob(s, column), sizeof(id.b));
    return id;
}

static enum err column_str(sqlite3_stmt *s, int column, struct arena *a, struct str *ret)
{
    const char *p = sqlite3_column_blob(s, column);

    if (sqlite3_column_type(s, column) == SQLITE_NULL) {
        *ret = STR_NONE;
        return OK;
    }
    return str_copy(a, (struct str){ p, (size_t)sqlite3_column_bytes(s, column) }, ret);
}

/* Columns id, parent, version, expires_at, document, secret. */
static enum err read_object(sqlite3_stmt *s, struct arena *a, struct object *ret)
{
    ret->id = column_id(s, 0);
    ret->parent = column_id(s, 1);
    ret->version = sqlite3_column_int64(s, 2);
    ret->expires_at_ms = sqlite3_column_int64(s, 3);
    TRY(column_str(s, 4, a, &ret->document));
    return column_str(s, 5, a, &ret->secret);
}

enum err tx_get(struct tx *tx, struct arena *a, struct uuid environment, struct str type, struct uuid id,
                struct object *ret)
{
    struct object o = { .environment = environment, .type = type };
    struct binder b;
    enum err e;

    TRY(binder_begin(tx, OBJECT_GET, &b));
    bind_id(&b, &environment);
    bind_text(&b, type);
    bind_id(&b, &id);
    bind_int(&b, tx->now_ms);
    TRY(next_row(&b));
    e = read_object(b.s, a, &o);
    sqlite3_reset(b.s);
    if (e == OK)
        *ret = o;
    return e;
}

static enum err drop_expired(struct tx *tx, const struct object *o)
{
    struct binder b;

    TRY(binder_begin(tx, OBJECT_DROP_EXPIRED, &b));
    bind_id(&b, &o->environment);
    bind_text(&b, o->type);
    bind_id(&b, &o->id);
    bind_int(&b, tx->now_ms);
    return finish(tx, &b, NULL);
}

static enum err write_object(struct tx *tx, enum statement which, const struct object *o, int *ret_changes)
{
    struct binder b;

    TRY(binder_begin(tx, which, &b));
    bind_id(&b, &o->environment);
    bind_text(&b, o->type);
    bind_id(&b, &o->id);
    bind_id(&b, &o->parent);
    bind_int(&b, o->expires_at_ms);
    bind_octets(&b, o->document.p, o->document.len);
    bind_document(&b, o->secret);
    if (which == OBJECT_UPDATE)
        bind_int(&b, o->version);
    return finish(tx, &b, ret_changes);
}

enum err tx_insert(struct tx *tx, const struct object *o)
{
    enum err e = write_object(tx, OBJECT_INSERT, o, NULL);

    if (e != CONFLICT)
        return e;
    TRY(drop_expired(tx, o));
    return write_object(tx, OBJECT_INSERT, o, NULL);
}

enum err tx_update(struct tx *tx, const struct object *o)
{
    int changes;

    TRY(write_object(tx, OBJECT_UPDATE, o, &changes));
    return changes ? OK : CONFLICT;
}

enum err tx_delete(struct tx *tx, struct uuid environment, struct str type, struct uuid id)
{
    struct binder b;
    int changes;

    TRY(binder_begin(tx, OBJECT_DELETE, &b));
    bind_id(&b, &environment);
    bind_text(&b, type);
    bind_id(&b, &id);
    bind_int(&b, tx->now_ms);
    TRY(finish(tx, &b, &changes));
    return changes ? OK : NOT_FOUND;
}

enum { LIST_FIRST = 16 };

static enum err list_grow(struct arena *a, struct object_list *list, size_t *size)
{
    size_t bigger = *size ? *size * 2 : LIST_FIRST;
    struct object *items = ARENA_ARRAY(a, struct object, bigger);

    if (!items)
        return NO_MEMORY;
    if (list->n)
        memcpy(items, list->items, list->n * sizeof(*items));
    list->items = items;
    *size = bigger;
    return OK;
}

static enum err read_objects(struct binder *b, struct arena *a, struct uuid environment, struct str type,
                             struct object_list *ret)
{
    struct object_list list = { 0 };
    size_t size = 0;
    enum err e;

    while ((e = next_row(b)) == OK) {
        if (list.n == size)
            e = list_grow(a, &list, &size);
        if (e == OK) {
            list.items[list.n] = (struct object){ .environment = environment, .type = type };
            e = read_object(b->s, a, &list.items[list.n++]);
        }
        if (e != OK) {
            sqlite3_reset(b->s);
            return e;
        }
    }
    if (e != NOT_FOUND)
        return e;
    *ret = list;
    return OK;
}

enum err tx_list(struct tx *tx, struct arena *a, const struct object_range *range, struct object_list *ret)
{
    struct binder b;

    TRY(binder_begin(tx, range->has_parent ? OBJECT_LIST_BELOW : OBJECT_LIST, &b));
    bind_id(&b, &range->environment);
    bind_text(&b, range->type);
    bind_id(&b, &range->after);
    bind_int(&b, (int64_t)range->limit);
    bind_int(&b, tx->now_ms);
    if (range->has_parent)
        bind_id(&b, &range->parent);
    return read_objects(&b, a, range->environment, range->type, ret);
}

static enum err bind_unique(struct tx *tx, enum statement which, const struct unique *u, struct binder *b)
{
    TRY(binder_begin(tx, which, b));
    bind_id(b, &u->scope);
    bind_text(b, u->type);
    bind_text(b, u->attribute);
    bind_octets(b, u->value.p, u->value.len);
    return OK;
}

enum err tx_unique_get(struct tx *tx, const struct unique *u, struct uuid *ret_environment, struct uuid *ret_id)
{
    struct binder b;

    TRY(bind_unique(tx, UNIQUE_GET, u, &b));
    TRY(next_row(&b));
    *ret_environment = column_id(b.s, 0);
    *ret_id = column_id(b.s, 1);
    sqlite3_reset(b.s);
    return OK;
}

enum err tx_unique_put(struct tx *tx, const struct unique *u, struct uuid environment, struct uuid id,
                       struct uuid *ret_holder)
{
    struct uuid holder, holders_environment;
    struct binder b;
    int changes;

    TRY(bind_unique(tx, UNIQUE_PUT, u, &b));
    bind_id(&b, &environment);
    bind_id(&b, &id);
    TRY(finish(tx, &b, &changes));
    if (changes)
        return OK;
    TRY(tx_unique_get(tx, u, &holders_environment, &holder));
    if (uuid_eq(holder, id))
        return OK;
    if (ret_holder)
        *ret_holder = holder;
    return CONFLICT;
}

enum err tx_unique_delete(struct tx *tx, const struct unique *u)
{
    struct binder b;

    TRY(bind_unique(tx, UNIQUE_DELETE, u, &b));
    return finish(tx, &b, NULL);
}

/* Values over the prefix are cut and end in a hash of the whole: still in order up to the prefix, still told apart. */
static enum err index_key(struct arena *a, struct str value, struct str *ret)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char *p;

    if (value.len <= VALUE_PREFIX) {
        *ret = value;
        return OK;
    }
    p = arena_alloc(a, VALUE_PREFIX + HASH_SIZE);
    if (!p || EVP_Q_digest(NULL, "SHA256", NULL, value.p, value.len, digest, NULL) != 1)
        return NO_MEMORY;
    memcpy(p, value.p, VALUE_PREFIX);
    memcpy(p + VALUE_PREFIX, digest, HASH_SIZE);
    *ret = (struct str){ p, VALUE_PREFIX + HASH_SIZE };
    return OK;
}

static enum err change_index(struct tx *tx, enum statement which, const struct index_value *v)
{
    struct binder b;
    struct str key;

    TRY(index_key(tx->arena, v->value, &key));
    TRY(binder_begin(tx, which, &b));
    bind_id(&b, &v->environment);
    bind_text(&b, v->type);
    bind_text(&b, v->attribute);
    bind_octets(&b, key.p, key.len);
    bind_id(&b, &v->id);
    return finish(tx, &b, NULL);
}

enum err tx_index_put(struct tx *tx, const struct index_value *v)
{
    return change_index(tx, INDEX_PUT, v);
}

enum err tx_index_delete(struct tx *tx, const struct index_value *v)
{
    return change_index(tx, INDEX_DELETE, v);
}

/* The least value behind all that begin with the prefix. */
static enum err behind_prefix(struct arena *a, struct str prefix, struct str *ret)
{
    struct str next;

    TRY(str_copy(a, prefix, &next));
    while (next.len && (unsigned char)next.p[next.len - 1] == 0xff)
        next.len--;
    if (next.len)
        ((char *)next.p)[next.len - 1]++; /* our own copy */
    *ret = next.len ? next : STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    return OK;
}

/* The least value behind this one. */
static enum err behind_value(struct arena *a, struct str value, struct str *ret)
{
    char *p = arena_alloc(a, value.len + 1); /* zeroed: one NUL more */

    if (!p)
        return NO_MEMORY;
    memcpy(p, value.len ? value.p : "", value.len);
    *ret = (struct str){ p, value.len + 1 };
    return OK;
}

static enum err index_bounds(struct arena *a, const struct index_range *range, struct str *low, struct str *high)
{
    if (range->match == INDEX_ALL) {
        *low = STR("");
        return behind_prefix(a, STR(""), high);
    }
    if (range->match == INDEX_PREFIX) {
        *low = str_slice(range->value, 0, VALUE_PREFIX);
        return behind_prefix(a, *low, high);
    }
    TRY(index_key(a, range->value, low));
    return behind_value(a, *low, high);
}

enum err tx_index_list(struct tx *tx, struct arena *a, const struct index_range *range, struct object_list *ret)
{
    static const struct uuid last = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } };
    struct str low, high, after = STR("");
    struct uuid after_id = { { 0 } };
    struct binder b;

    TRY(index_bounds(a, range, &low, &high));
    if (range->has_after) {
        TRY(index_key(a, range->after_value, &after));
        after_id = range->after_id;
    } else if (range->descending) {
        after = high;
        after_id = last;
    }
    TRY(binder_begin(tx, range->descending ? INDEX_DOWN : INDEX_UP, &b));
    bind_id(&b, &range->environment);
    bind_text(&b, range->type);
    bind_text(&b, range->attribute);
    bind_octets(&b, low.p, low.len);
    bind_octets(&b, high.p, high.len);
    bind_octets(&b, after.p, after.len);
    bind_id(&b, &after_id);
    bind_int(&b, (int64_t)range->limit);
    bind_int(&b, tx->now_ms);
    return read_objects(&b, a, range->environment, range->type, ret);
}

enum err tx_reference_put(struct tx *tx, const struct reference *r)
{
    struct binder b;

    TRY(binder_begin(tx, REFERENCE_PUT, &b));
    bind_id(&b, &r->environment);
    bind_text(&b, r->source_type);
    bind_id(&b, &r->source);
    bind_text(&b, r->attribute);
    bind_text(&b, r->target_type);
    bind_id(&b, &r->target);
    return finish(tx, &b, NULL);
}

enum err tx_reference_delete_all(struct tx *tx, struct uuid environment, struct str source_type, struct uuid source)
{
    struct binder b;

    TRY(binder_begin(tx, REFERENCE_DELETE_OF, &b));
    bind_id(&b, &environment);
    bind_text(&b, source_type);
    bind_id(&b, &source);
    return finish(tx, &b, NULL);
}

static enum err read_reference(sqlite3_stmt *s, struct arena *a, struct reference *r)
{
    TRY(column_str(s, 0, a, &r->source_type));
    r->source = column_id(s, 1);
    return column_str(s, 2, a, &r->attribute);
}

enum err tx_reference_list(struct tx *tx, struct arena *a, struct uuid environment, struct str target_type,
                           struct uuid target, struct str source_type, size_t limit, struct reference **ret,
                           size_t *ret_n)
{
    struct reference *list = ARENA_ARRAY(a, struct reference, limit);
    struct binder b;
    size_t n = 0;
    enum err e;

    if (!list)
        return NO_MEMORY;
    TRY(binder_begin(tx, REFERENCE_LIST, &b));
    bind_id(&b, &environment);
    bind_text(&b, target_type);
    bind_id(&b, &target);
    bind_text(&b, source_type);
    bind_int(&b, (int64_t)limit);
    while ((e = next_row(&b)) == OK) {
        list[n] = (struct reference){ .environment = environment, .target_type = target_type, .target = target };
        e = read_reference(b.s, a, &list[n++]);
        if (e != OK) {
            sqlite3_reset(b.s);
            return e;
        }
    }
    if (e != NOT_FOUND)
        return e;
    *ret = list;
    *ret_n = n;
    return OK;
}

static enum err bind_counter(struct tx *tx, enum statement which, struct uuid *environment, struct str name,
                             struct uuid *id, struct binder *b)
{
    TRY(binder_begin(tx, which, b));
    bind_id(b, environment);
    bind_text(b, name);
    bind_id(b, id);
    return OK;
}

enum err tx_counter_add(struct tx *tx, struct uuid environment, struct str name, struct uuid id, int64_t delta,
                        int64_t *ret)
{
    struct binder b;

    TRY(bind_counter(tx, COUNTER_ADD, &environment, name, &id, &b));
    bind_int(&b, delta);
    TRY(next_row(&b));
    *ret = sqlite3_column_int64(b.s, 0);
    return finish(tx, &b, NULL);
}

enum err tx_counter_get(struct tx *tx, struct uuid environment, struct str name, struct uuid id, int64_t *ret)
{
    struct binder b;
    enum err e;

    TRY(bind_counter(tx, COUNTER_GET, &environment, name, &id, &b));
    e = next_row(&b);
    if (e != OK && e != NOT_FOUND)
        return e;
    *ret = e == OK ? sqlite3_column_int64(b.s, 0) : 0;
    sqlite3_reset(b.s);
    return OK;
}

enum err tx_counter_delete(struct tx *tx, struct uuid environment, struct str name, struct uuid id)
{
    struct binder b;

    TRY(bind_counter(tx, COUNTER_DELETE, &environment, name, &id, &b));
    return finish(tx, &b, NULL);
}

enum err tx_event(struct tx *tx, struct uuid environment, struct str document)
{
    struct binder b;

    TRY(binder_begin(tx, EVENT_ADD, &b));
    bind_id(&b, &environment);
    bind_octets(&b, document.p, document.len);
    return finish(tx, &b, NULL);
}

enum err tx_event_list(struct tx *tx, struct arena *a, int64_t after, size_t limit, struct event **ret, size_t *ret_n)
{
    struct event *list = ARENA_ARRAY(a, struct event, limit);
    struct binder b;
    size_t n = 0;
    enum err e;

    if (!list)
        return NO_MEMORY;
    TRY(binder_begin(tx, EVENT_LIST, &b));
    bind_int(&b, after);
    bind_int(&b, (int64_t)limit);
    while ((e = next_row(&b)) == OK) {
        list[n] = (struct event){ .sequence = sqlite3_column_int64(b.s, 0), .environment = column_id(b.s, 1) };
        e = column_str(b.s, 2, a, &list[n++].document);
        if (e != OK) {
            sqlite3_reset(b.s);
            return e;
        }
    }
    if (e != NOT_FOUND)
        return e;
    *ret = list;
    *ret_n = n;
    return OK;
}

static enum err delete_rows_of(struct tx *tx, const struct object *o)
{
    struct binder b;

    TRY(binder_begin(tx, UNIQUE_DELETE_OF, &b));
    bind_id(&b, &o->environment);
    bind_id(&b, &o->id);
    TRY(finish(tx, &b, NULL));
    TRY(binder_begin(tx, INDEX_DELETE_OF, &b));
    bind_id(&b, &o->environment);
    bind_text(&b, o->type);
    bind_id(&b, &o->id);
    TRY(finish(tx, &b, NULL));
    TRY(tx_reference_delete_all(tx, o->environment, o->type, o->id));
    return drop_expired(tx, o);
}

enum err tx_sweep(struct tx *tx, int64_t now_ms, size_t limit, size_t *ret_removed)
{
    struct object *dead = ARENA_ARRAY(tx->arena, struct object, limit);
    struct binder b;
    size_t n = 0;
    enum err e;

    if (!dead)
        return NO_MEMORY;
    TRY(binder_begin(tx, OBJECT_EXPIRED, &b));
    bind_int(&b, now_ms);
    bind_int(&b, (int64_t)limit);
    while ((e = next_row(&b)) == OK) {
        dead[n].environment = column_id(b.s, 0);
        dead[n].id = column_id(b.s, 2);
        e = column_str(b.s, 1, tx->arena, &dead[n++].type);
        if (e != OK) {
            sqlite3_reset(b.s);
            return e;
        }
    }
    if (e != NOT_FOUND)
        return e;
    for (size_t i = 0; i < n; i++)
        TRY(delete_rows_of(tx, &dead[i]));
    *ret_removed = n;
    return OK;
}

enum err tx_erase_environment(struct tx *tx, struct uuid environment)
{
    struct binder b;

    TRY(binder_begin(tx, ERASED_ADD, &b));
    bind_id(&b, &environment);
    return finish(tx, &b, NULL);
}

enum err tx_touch(struct tx *tx, struct uuid environment)
{
    for (size_t i = 0; i < tx->touched_n; i++)
        if (uuid_eq(tx->touched[i], environment))
            return OK;
    if (tx->touched_n == TOUCHED_MAX)
        tx->touched_all = true;
    else
        tx->touched[tx->touched_n++] = environment;
    return OK;
}

struct arena *tx_arena(struct tx *tx)
{
    return tx->arena;
}
