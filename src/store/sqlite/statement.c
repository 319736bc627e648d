/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of the store in one table, and the small steps that every function of a transaction is made of. */
#include "store/sqlite/statement.h"

#include "store/sqlite/sqlite.h"

#define OBJECT_COLUMNS "o.id, o.parent, o.version, o.expires_at, o.document, o.secret"
#define LIVE(now)      "(o.expires_at = 0 OR o.expires_at > " now ")"

/* CROSS JOIN keeps the index as the outer loop, and each range has one lower and one upper bound: SQLite
 * would use the first of two and walk over the rest. */
#define INDEX_RANGE                                                                                          \
    "SELECT " OBJECT_COLUMNS " FROM index_value i CROSS JOIN object o"                                       \
    " ON o.environment = i.environment AND o.type = i.type AND o.id = i.id"                                  \
    " WHERE i.environment = ?1 AND i.type = ?2 AND i.attribute = ?3 AND " LIVE("?4")

/* Remove at most ?2 rows of the environment ?1; `key` is the table's primary key. */
#define ERASE(table, key)                                                                                    \
    "DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table " WHERE environment = ?1 LIMIT "  \
    "?2)"

/* Rows of a table whose object is not there; what the sweeper still has to remove is none. */
#define STRAY(kind, table, holder_type, holder)                                                              \
    "SELECT " kind ", environment, " holder_type ", " holder ", attribute FROM " table                       \
    " r WHERE NOT EXISTS("                                                                                   \
    "SELECT 1 FROM object o WHERE o.environment = r.environment AND o.type = r." holder_type                 \
    " AND o.id = r." holder ") AND environment NOT IN (SELECT environment FROM erased)"

static const char *const texts[STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT_TX] = "COMMIT",
    [ROLLBACK_TX] = "ROLLBACK",
    [SAVEPOINT] = "SAVEPOINT closure",
    [SAVEPOINT_RELEASE] = "RELEASE closure",
    [SAVEPOINT_ROLLBACK] = "ROLLBACK TO closure",
    [OBJECT_GET] = "SELECT " OBJECT_COLUMNS " FROM object o"
                   " WHERE environment = ?1 AND type = ?2 AND id = ?3 AND " LIVE("?4"),
    [OBJECT_INSERT] =
        "INSERT INTO object(environment, type, id, parent, version, expires_at, document, secret)"
        " VALUES(?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)",
    [OBJECT_UPDATE] =
        "UPDATE object AS o SET parent = ?4, version = version + 1, expires_at = ?5, document = ?6,"
        " secret = ?7 WHERE environment = ?1 AND type = ?2 AND id = ?3 AND version = ?8 AND " LIVE("?9"),
    [OBJECT_DELETE] =
        "DELETE FROM object AS o WHERE environment = ?1 AND type = ?2 AND id = ?3 AND " LIVE("?4"),
    [OBJECT_LIST] = "SELECT " OBJECT_COLUMNS " FROM object o WHERE environment = ?1 AND type = ?2 AND id > ?3"
                    " AND " LIVE("?4") " AND (?6 IS NULL OR parent = ?6) ORDER BY id LIMIT ?5",
    [OBJECT_LIST_BELOW] =
        "SELECT " OBJECT_COLUMNS " FROM object o INDEXED BY object_parent WHERE environment = ?1"
        " AND type = ?2 AND parent = ?6 AND parent <> zeroblob(16) AND id > ?3 AND " LIVE(
            "?4") " ORDER BY id LIMIT ?5",
    [OBJECT_EXPIRED] =
        "SELECT environment, type, id FROM object WHERE expires_at > 0 AND expires_at <= ?1 LIMIT ?2",
    [OBJECT_DELETE_EXPIRED] = "DELETE FROM object WHERE environment = ?1 AND type = ?2 AND id = ?3"
                              " AND expires_at > 0 AND expires_at <= ?4",
    [UNIQUE_PUT] = "INSERT INTO unique_value(scope, type, attribute, value, environment, id)"
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [UNIQUE_TAKE] = "UPDATE unique_value SET environment = ?5, id = ?6"
                    " WHERE scope = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4",
    [UNIQUE_GET] =
        "SELECT environment, id FROM unique_value u"
        " WHERE scope = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4"
        " AND NOT EXISTS(SELECT 1 FROM object o WHERE o.environment = u.environment AND o.type = u.type"
        " AND o.id = u.id AND NOT " LIVE("?5") ")",
    [UNIQUE_DELETE] =
        "DELETE FROM unique_value WHERE scope = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4",
    [UNIQUE_DELETE_OF] = "DELETE FROM unique_value WHERE environment = ?1 AND id = ?2 AND type = ?3",
    [INDEX_PUT] =
        "INSERT INTO index_value(environment, type, attribute, value, id) VALUES(?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT DO NOTHING",
    [INDEX_DELETE] =
        "DELETE FROM index_value WHERE environment = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4"
        " AND id = ?5",
    [INDEX_DELETE_OF] = "DELETE FROM index_value INDEXED BY index_holder"
                        " WHERE environment = ?1 AND id = ?2 AND type = ?3",
    [INDEX_UP] =
        INDEX_RANGE " AND (i.value, i.id) > (?6, ?7) AND i.value < ?8 ORDER BY i.value, i.id LIMIT ?5",
    [INDEX_DOWN] = INDEX_RANGE " AND (i.value, i.id) < (?6, ?7) AND i.value >= ?8"
                               " ORDER BY i.value DESC, i.id DESC LIMIT ?5",
    [REFERENCE_PUT] =
        "INSERT INTO reference(environment, source_type, source, attribute, target_type, target)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [REFERENCE_DELETE_OF] =
        "DELETE FROM reference WHERE environment = ?1 AND source_type = ?2 AND source = ?3",
    [REFERENCE_LIST] = "SELECT source_type, source, attribute FROM reference INDEXED BY reference_target"
                       " WHERE environment = ?1 AND target_type = ?2 AND target = ?3"
                       " AND (?4 IS NULL OR source_type = ?4) LIMIT ?5",
    [COUNTER_ADD] = "INSERT INTO counter(environment, name, id, value) VALUES(?1, ?2, ?3, ?4)"
                    " ON CONFLICT DO UPDATE SET value = value + ?4 RETURNING value",
    [COUNTER_GET] = "SELECT value FROM counter WHERE environment = ?1 AND name = ?2 AND id = ?3",
    [COUNTER_DELETE] = "DELETE FROM counter WHERE environment = ?1 AND name = ?2 AND id = ?3",
    [EVENT_ADD] = "INSERT INTO event(environment, document) VALUES(?1, ?2)",
    [EVENT_LIST] =
        "SELECT sequence, environment, document FROM event WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
    [ERASED_ADD] = "INSERT INTO erased(environment) VALUES(?1) ON CONFLICT DO NOTHING",
    [ERASED_GET] = "SELECT environment FROM erased LIMIT 1",
    [ERASED_DONE] = "DELETE FROM erased WHERE environment = ?1",
    [ERASE_OBJECT] = ERASE("object", "environment, type, id"),
    [ERASE_UNIQUE] = ERASE("unique_value", "scope, type, attribute, value"),
    [ERASE_INDEX] = ERASE("index_value", "environment, type, attribute, value, id"),
    [ERASE_REFERENCE] =
        ERASE("reference", "environment, source_type, source, attribute, target_type, target"),
    [ERASE_COUNTER] = ERASE("counter", "environment, name, id"),
    [WALK_OBJECTS] = "SELECT environment, type, id, parent, version, expires_at, document, secret FROM object"
                     " WHERE (environment, type, id) > (?1, ?2, ?3) ORDER BY environment, type, id LIMIT ?4",
    [WALK_COUNTERS] = "SELECT environment, name, id, value FROM counter"
                      " WHERE (environment, name, id) > (?1, ?2, ?3) ORDER BY environment, name, id LIMIT ?4",
    [UNIQUE_OF] = "SELECT scope, attribute, value FROM unique_value INDEXED BY unique_holder"
                  " WHERE environment = ?1 AND id = ?2 AND type = ?3",
    [INDEX_OF] = "SELECT attribute, value FROM index_value INDEXED BY index_holder"
                 " WHERE environment = ?1 AND id = ?2 AND type = ?3",
    [REFERENCE_OF] = "SELECT attribute, target_type, target FROM reference"
                     " WHERE environment = ?1 AND source = ?2 AND source_type = ?3",
    [STRAYS] = STRAY("0", "unique_value", "type", "id") " UNION ALL " STRAY(
        "1", "index_value", "type", "id") " UNION ALL " STRAY("2", "reference", "source_type",
                                                              "source") " LIMIT ?1",
    [COUNT_OBJECTS] = "SELECT count(*) FROM object WHERE environment = ?1 AND type = ?2",
    [COUNT_BELOW] = "SELECT count(*) FROM object INDEXED BY object_parent WHERE environment = ?1"
                    " AND type = ?2 AND parent = ?3 AND parent <> zeroblob(16)",
    [COUNT_REFERENCES] = "SELECT count(*) FROM reference INDEXED BY reference_target WHERE environment = ?1"
                         " AND target_type = ?2 AND target = ?3 AND source_type = ?4 AND attribute = ?5",
    [COUNT_ERASED] = "SELECT count(*) FROM erased WHERE environment = ?1",
    [CHECK_PAGES] = "PRAGMA integrity_check(1)",
};

static int prepare(struct connection *c, enum statement which, sqlite3_stmt **ret)
{
    sqlite3_stmt **s = &c->statements[which];
    int code =
        *s ? SQLITE_OK : sqlite3_prepare_v3(c->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL);

    *ret = *s;
    return code;
}

enum err statement_run(struct connection *c, enum statement which)
{
    sqlite3_stmt *s;
    int code = prepare(c, which, &s);

    if (code == SQLITE_OK) {
        code = sqlite3_step(s);
        sqlite3_reset(s);
    }
    return sqlite_err(code);
}

enum err bind_begin(struct tx *tx, enum statement which, struct binder *ret)
{
    *ret = (struct binder){ .db = tx->connection->db };
    return sqlite_err(prepare(tx->connection, which, &ret->s));
}

static void keep(struct binder *b, int code)
{
    if (b->code == SQLITE_OK)
        b->code = code;
}

void bind_octets(struct binder *b, struct str s)
{
    keep(b, sqlite3_bind_blob64(b->s, ++b->at, s.len ? s.p : "", s.len, SQLITE_STATIC));
}

void bind_octets_or_null(struct binder *b, struct str s)
{
    if (str_is_none(s))
        keep(b, sqlite3_bind_null(b->s, ++b->at));
    else
        bind_octets(b, s);
}

void bind_id(struct binder *b, const struct uuid *id)
{
    bind_octets(b, (struct str){ (const char *)id->b, sizeof(id->b) });
}

void bind_text(struct binder *b, struct str s)
{
    if (str_is_none(s))
        keep(b, sqlite3_bind_null(b->s, ++b->at));
    else
        keep(b, sqlite3_bind_text64(b->s, ++b->at, s.p, s.len, SQLITE_STATIC, SQLITE_UTF8));
}

void bind_int(struct binder *b, int64_t n)
{
    keep(b, sqlite3_bind_int64(b->s, ++b->at, n));
}

void bind_limit(struct binder *b, size_t limit)
{
    bind_int(b, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
}

enum err bind_run(struct binder *b, int *ret_changes)
{
    int code = b->code ? b->code : sqlite3_step(b->s);

    sqlite3_reset(b->s);
    if ((code & 0xff) == SQLITE_CONSTRAINT)
        return CONFLICT;
    TRY(sqlite_err(code));
    if (ret_changes)
        *ret_changes = sqlite3_changes(b->db);
    return OK;
}

enum err row_next(struct binder *b)
{
    int code = b->code ? b->code : sqlite3_step(b->s);

    if (code == SQLITE_ROW)
        return OK;
    sqlite3_reset(b->s);
    return code == SQLITE_DONE ? NOT_FOUND : sqlite_err(code);
}

void row_end(struct binder *b)
{
    sqlite3_reset(b->s);
}

struct uuid row_id(const struct binder *b, int column)
{
    struct uuid id = { { 0 } };

    if (sqlite3_column_bytes(b->s, column) == sizeof(id.b))
        memcpy(id.b, sqlite3_column_blob(b->s, column), sizeof(id.b));
    return id;
}

int64_t row_int(const struct binder *b, int column)
{
    return sqlite3_column_int64(b->s, column);
}

enum err row_str(const struct binder *b, int column, struct arena *a, struct str *ret)
{
    struct str s = STR("");

    if (sqlite3_column_type(b->s, column) == SQLITE_NULL) {
        *ret = STR_NONE;
        return OK;
    }
    s.len = (size_t)sqlite3_column_bytes(b->s, column);
    if (s.len)
        s.p = sqlite3_column_blob(b->s, column);
    if (s.len && !s.p)
        return NO_MEMORY;
    return str_copy(a, s, ret);
}

enum { ROWS_FIRST = 16 };

void *rows_add(struct arena *a, struct rows *r, size_t item_size)
{
    size_t bigger = r->size ? r->size * 2 : ROWS_FIRST;
    void *items;

    if (r->n == r->size) {
        items = arena_array(a, item_size, bigger);
        if (!items)
            return NULL;
        if (r->n)
            memcpy(items, r->items, r->n * item_size);
        r->items = items;
        r->size = bigger;
    }
    return (char *)r->items + r->n++ * item_size;
}
