/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL that both databases take, as items of a table: included where JOINED_IN_ORDER, INDEXED_BY and
 * NIL_ID are defined as the database wants them. Values are numbered: ?1.
 */

#define OBJECT_COLUMNS "o.id, o.parent, o.version, o.expires_at, o.document, o.secret"
#define LIVE(now)      "(o.expires_at = 0 OR o.expires_at > " now ")"

/* CROSS JOIN keeps the index as the outer loop, and each range has one lower and one upper bound: SQLite
 * would use the first of two and walk over the rest. */
#define INDEX_RANGE                                                                                          \
    "SELECT " OBJECT_COLUMNS " FROM index_value i " JOINED_IN_ORDER " object o"                              \
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

[COMMIT_TX] = "COMMIT",
    [ROLLBACK_TX] = "ROLLBACK", [SAVEPOINT] = "SAVEPOINT closure", [SAVEPOINT_RELEASE] = "RELEASE closure",
    [SAVEPOINT_ROLLBACK] = "ROLLBACK TO closure",
    [OBJECT_GET] = "SELECT " OBJECT_COLUMNS " FROM object o"
                   " WHERE environment = ?1 AND type = ?2 AND id = ?3 AND " LIVE("?4"),
    [OBJECT_INSERT] =
        "INSERT INTO object(environment, type, id, parent, version, expires_at, document, secret)"
        " VALUES(?1, ?2, ?3, ?4, 1, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    [OBJECT_UPDATE] =
        "UPDATE object AS o SET parent = ?4, version = version + 1, expires_at = ?5, document = ?6,"
        " secret = ?7 WHERE environment = ?1 AND type = ?2 AND id = ?3 AND version = ?8 AND " LIVE("?9"),
    [OBJECT_DELETE] =
        "DELETE FROM object AS o WHERE environment = ?1 AND type = ?2 AND id = ?3 AND " LIVE("?4"),
    [OBJECT_LIST] = "SELECT " OBJECT_COLUMNS " FROM object o WHERE environment = ?1 AND type = ?2 AND id > ?3"
                    " AND " LIVE("?4") " AND (?6 IS NULL OR parent = ?6) ORDER BY id LIMIT ?5",
    [OBJECT_LIST_BELOW] =
        "SELECT " OBJECT_COLUMNS
        " FROM object o" INDEXED_BY("object_parent") " WHERE environment = ?1"
                                                     " AND type = ?2 AND parent = ?6 AND parent <> " NIL_ID
                                                     " AND id > ?3 AND " LIVE("?4") " ORDER BY id LIMIT ?5",
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
    [INDEX_DELETE_OF] = "DELETE FROM index_value" INDEXED_BY(
        "index_holder") " WHERE environment = ?1 AND id = ?2 AND type = ?3",
    [INDEX_UP] =
        INDEX_RANGE " AND (i.value, i.id) > (?6, ?7) AND i.value < ?8 ORDER BY i.value, i.id LIMIT ?5",
    [INDEX_DOWN] = INDEX_RANGE " AND (i.value, i.id) < (?6, ?7) AND i.value >= ?8"
                               " ORDER BY i.value DESC, i.id DESC LIMIT ?5",
    [REFERENCE_PUT] =
        "INSERT INTO reference(environment, source_type, source, attribute, target_type, target)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [REFERENCE_DELETE_OF] =
        "DELETE FROM reference WHERE environment = ?1 AND source_type = ?2 AND source = ?3",
    [REFERENCE_LIST] = "SELECT source_type, source, attribute FROM reference" INDEXED_BY(
        "reference_target") " WHERE environment = ?1 AND target_type = ?2 AND target = ?3"
                            " AND (?4 IS NULL OR source_type = ?4) LIMIT ?5",
    [COUNTER_ADD] =
        "INSERT INTO counter(environment, name, id, value) VALUES(?1, ?2, ?3, ?4)"
        " ON CONFLICT(environment, name, id) DO UPDATE SET value = counter.value + ?4 RETURNING value",
    [COUNTER_GET] = "SELECT value FROM counter WHERE environment = ?1 AND name = ?2 AND id = ?3",
    [COUNTER_DELETE] = "DELETE FROM counter WHERE environment = ?1 AND name = ?2 AND id = ?3",
    [EVENT_ADD] = "INSERT INTO event(environment, document, recorded_at) VALUES(?1, ?2, ?3)",
    [EVENT_LIST] =
        "SELECT sequence, environment, document FROM event WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
    [EVENT_DELETE_OLD] = "DELETE FROM event WHERE recorded_at < ?1"
                         " AND sequence IN (SELECT sequence FROM event ORDER BY sequence LIMIT ?2)",
    [ERASED_ADD] = "INSERT INTO erased(environment) VALUES(?1) ON CONFLICT DO NOTHING",
    [ERASED_GET] = "SELECT environment FROM erased LIMIT 1",
    [ERASED_DONE] = "DELETE FROM erased WHERE environment = ?1",
    [ERASE_OBJECT] = ERASE("object", "environment, type, id"),
    [ERASE_UNIQUE] = ERASE("unique_value", "scope, type, attribute, value"),
    [ERASE_INDEX] = ERASE("index_value", "environment, type, attribute, value, id"),
    [ERASE_REFERENCE] =
        ERASE("reference", "environment, source_type, source, attribute, target_type, target"),
    [ERASE_COUNTER] = ERASE("counter", "environment, name, id"), [ERASE_EVENT] = ERASE("event", "sequence"),
    [WALK_OBJECTS] = "SELECT environment, type, id, parent, version, expires_at, document, secret FROM object"
                     " WHERE (environment, type, id) > (?1, ?2, ?3) ORDER BY environment, type, id LIMIT ?4",
    [WALK_COUNTERS] = "SELECT environment, name, id, value FROM counter"
                      " WHERE (environment, name, id) > (?1, ?2, ?3) ORDER BY environment, name, id LIMIT ?4",
    [UNIQUE_OF] = "SELECT scope, attribute, value FROM unique_value" INDEXED_BY(
        "unique_holder") " WHERE environment = ?1 AND id = ?2 AND type = ?3",
    [INDEX_OF] = "SELECT attribute, value FROM index_value" INDEXED_BY(
        "index_holder") " WHERE environment = ?1 AND id = ?2 AND type = ?3",
    [REFERENCE_OF] = "SELECT attribute, target_type, target FROM reference"
                     " WHERE environment = ?1 AND source = ?2 AND source_type = ?3",
    [STRAYS] = STRAY("0", "unique_value", "type", "id") " UNION ALL " STRAY(
        "1", "index_value", "type", "id") " UNION ALL " STRAY("2", "reference", "source_type",
                                                              "source") " LIMIT ?1",
    [COUNT_OBJECTS] = "SELECT count(*) FROM object WHERE environment = ?1 AND type = ?2",
    [COUNT_BELOW] = "SELECT count(*) FROM object" INDEXED_BY(
        "object_parent") " WHERE environment = ?1"
                         " AND type = ?2 AND parent = ?3 AND parent <> " NIL_ID,
    [COUNT_REFERENCES] = "SELECT count(*) FROM reference" INDEXED_BY(
        "reference_target") " WHERE environment = ?1"
                            " AND target_type = ?2 AND target = ?3 AND source_type = ?4 AND attribute = ?5",
    [COUNT_ERASED] = "SELECT count(*) FROM erased WHERE environment = ?1",
