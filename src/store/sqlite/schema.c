/* SPDX-License-Identifier: Apache-2.0 */
/* The numbered migrations of src/store/migrations/sqlite. One that has landed is never edited: another is
 * added behind it. A database keeps the number of its last in SQLite's user_version. */
#include "store/sqlite/sqlite.h"

#include <stdio.h>

static int count_of(const struct embedded *migrations)
{
    int n = 0;

    while (migrations[n].name)
        n++;
    return n;
}

int store_schema_version(void)
{
    return count_of(sqlite_migrations);
}

enum err schema_version(struct sqlite_connection *c, int *ret)
{
    sqlite3_stmt *s;
    int code = sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &s, NULL);

    if (code != SQLITE_OK)
        return sqlite_err(code);
    code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return sqlite_err(code);
}

/* In a transaction of its own, with its number: a crash resumes at the first that is missing. */
static enum err migrate_one(struct sqlite_connection *c, const char *migration, int number)
{
    char end[64];
    int code = sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    snprintf(end, sizeof(end), "PRAGMA user_version = %d; COMMIT", number);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->db, migration, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->db, end, NULL, NULL, NULL);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return sqlite_err(code);
}

enum err schema_migrate(struct sqlite_connection *c, const struct embedded *migrations, int *ret_version)
{
    int version = 0, last = count_of(migrations);

    TRY(schema_version(c, &version));
    *ret_version = version;
    if (version > last)
        return INVALID;
    for (; version < last; version++)
        TRY(migrate_one(c, migrations[version].data, version + 1));
    return OK;
}
