/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and their prepared statements. */
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#define LIVE "(expires_at = 0 OR expires_at > ?"

static const char *const texts[STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT_TX] = "COMMIT",
    [ROLLBACK_TX] = "ROLLBACK",
    [SAVEPOINT] = "SAVEPOINT closure",
    [SAVEPOINT_RELEASE] = "RELEASE closure",
    [SAVEPOINT_ROLLBACK] = "ROLLBACK TO closure",
    [OBJECT_GET] = "SELECT id, parent, version, expires_at, document, secret FROM object"
                   " WHERE environment = ?1 AND type = ?2 AND id = ?3 AND " LIVE "4)",
    [OBJECT_INSERT] = "INSERT INTO object(environment, type, id, parent, version, expires_at, document, secret)"
                      " VALUES(?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)",
    [OBJECT_DROP_EXPIRED] = "DELETE FROM object WHERE environment = ?1 AND type = ?2 AND id = ?3"
                            " AND expires_at > 0 AND expires_at <= ?4",
    [OBJECT_UPDATE] = "UPDATE object SET parent = ?4, version = version + 1, expires_at = ?5, document = ?6,"
                      " secret = ?7 WHERE environment = ?1 AND type = ?2 AND id = ?3 AND version = ?8",
    [OBJECT_DELETE] = "DELETE FROM object WHERE environment = ?1 AND type = ?2 AND id = ?3 AND " LIVE "4)",
    [OBJECT_LIST] = "SELECT id, parent, version, expires_at, document, secret FROM object"
                    " WHERE environment = ?1 AND type = ?2 AND id > ?3 AND " LIVE "5) ORDER BY id LIMIT ?4",
    [OBJECT_LIST_BELOW] = "SELECT id, parent, version, expires_at, document, secret FROM object"
                          " WHERE environment = ?1 AND type = ?2 AND parent = ?6 AND parent <> zeroblob(16)"
                          " AND id > ?3 AND " LIVE "5) ORDER BY id LIMIT ?4",
    [OBJECT_EXPIRED] = "SELECT environment, type, id FROM object WHERE expires_at > 0 AND expires_at <= ?1 LIMIT ?2",
    [UNIQUE_PUT] = "INSERT INTO unique_value(scope, type, attribute, value, environment, id)"
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [UNIQUE_GET] = "SELECT environment, id FROM unique_value WHERE scope = ?1 AND type = ?2 AND attribute = ?3"
                   " AND value = ?4",
    [UNIQUE_DELETE] = "DELETE FROM unique_value WHERE scope = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4",
    [UNIQUE_DELETE_OF] = "DELETE FROM unique_value WHERE environment = ?1 AND id = ?2",
    [INDEX_PUT] = "INSERT INTO index_value(environment, type, attribute, value, id) VALUES(?1, ?2, ?3, ?4, ?5)"
                  " ON CONFLICT DO NOTHING",
    [INDEX_DELETE] = "DELETE FROM index_value WHERE environment = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4"
                     " AND id = ?5",
    [INDEX_DELETE_OF] = "DELETE FROM index_value WHERE environment = ?1 AND type = ?2 AND id = ?3",
    [INDEX_UP] = "SELECT o.id, o.parent, o.version, o.expires_at, o.document, o.secret FROM index_value i"
                 " JOIN object o ON o.environment = i.environment AND o.type = i.type AND o.id = i.id"
                 " WHERE i.environment = ?1 AND i.type = ?2 AND i.attribute = ?3 AND i.value >= ?4 AND i.value < ?5"
                 " AND (i.value, i.id) > (?6, ?7) AND (o.expires_at = 0 OR o.expires_at > ?9)"
                 " ORDER BY i.value, i.id LIMIT ?8",
    [INDEX_DOWN] = "SELECT o.id, o.parent, o.version, o.expires_at, o.document, o.secret FROM index_value i"
                   " JOIN object o ON o.environment = i.environment AND o.type = i.type AND o.id = i.id"
                   " WHERE i.environment = ?1 AND i.type = ?2 AND i.attribute = ?3 AND i.value >= ?4 AND i.value < ?5"
                   " AND (i.value, i.id) < (?6, ?7) AND (o.expires_at = 0 OR o.expires_at > ?9)"
                   " ORDER BY i.value DESC, i.id DESC LIMIT ?8",
    [REFERENCE_PUT] = "INSERT INTO reference(environment, source_type, source, attribute, target_type, target)"
                      " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [REFERENCE_DELETE_OF] = "DELETE FROM reference WHERE environment = ?1 AND source_type = ?2 AND source = ?3",
    [REFERENCE_LIST] = "SELECT source_type, source, attribute FROM reference WHERE environment = ?1 AND target_type = ?2"
                       " AND target = ?3 AND (?4 IS NULL OR source_type = ?4) LIMIT ?5",
    [COUNTER_ADD] = "INSERT INTO counter(environment, name, id, value) VALUES(?1, ?2, ?3, ?4)"
                    " ON CONFLICT DO UPDATE SET value = value + ?4 RETURNING value",
    [COUNTER_GET] = "SELECT value FROM counter WHERE environment = ?1 AND name = ?2 AND id = ?3",
    [COUNTER_DELETE] = "DELETE FROM counter WHERE environment = ?1 AND name = ?2 AND id = ?3",
    [EVENT_ADD] = "INSERT INTO event(environment, document) VALUES(?1, ?2)",
    [EVENT_LIST] = "SELECT sequence, environment, document FROM event WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
    [ERASED_ADD] = "INSERT INTO erased(environment) VALUES(?1) ON CONFLICT DO NOTHING",
    [ERASED_GET] = "SELECT environment FROM erased LIMIT 1",
    [ERASED_DONE] = "DELETE FROM erased WHERE environment = ?1",
};

enum err sqlite_err(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_NOMEM:
        return NO_MEMORY;
    case SQLITE_FULL:
        return NO_SPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return CORRUPT;
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return DENIED;
    case SQLITE_BUSY:
        return UNAVAILABLE;
    default:
        return IO;
    }
}

/* busy_timeout stands before journal_mode, which needs a lock. Caches: 4 MiB for the writer, 128 KiB a reader. */
static const char writer_settings[] = "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                      "PRAGMA cache_size=-4096; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;";
static const char reader_settings[] = "PRAGMA busy_timeout=5000; PRAGMA query_only=1; PRAGMA cache_size=-128;"
                                      "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;";

enum err connection_open(const char *path, bool writing, struct connection **ret)
{
    struct connection *c = mem_alloc(sizeof(*c));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writing ? SQLITE_OPEN_CREATE : 0);
    int code;

    if (!c)
        return NO_MEMORY;
    code = sqlite3_open_v2(path, &c->db, flags, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->db, writing ? writer_settings : reader_settings, NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        connection_close(c);
        return sqlite_err(code);
    }
    *ret = c;
    return OK;
}

void connection_close(struct connection *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(c->statements[i]);
    sqlite3_close(c->db);
    mem_free(c);
}

enum err statement_get(struct connection *c, enum statement which, sqlite3_stmt **ret)
{
    sqlite3_stmt **s = &c->statements[which];

    if (!*s) {
        int code = sqlite3_prepare_v3(c->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL);

        if (code != SQLITE_OK)
            return sqlite_err(code);
    }
    sqlite3_reset(*s);
    *ret = *s;
    return OK;
}

enum err statement_run(struct connection *c, enum statement which)
{
    sqlite3_stmt *s;
    int code;

    TRY(statement_get(c, which, &s));
    code = sqlite3_step(s);
    sqlite3_reset(s);
    return sqlite_err(code);
}
