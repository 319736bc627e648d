/* SPDX-License-Identifier: Apache-2.0 */
/* The numbered migrations of src/store/migrations/postgres; the database keeps the number of the last one it
 * has seen. Nodes that start together take turns. */
#include "store/postgres/postgres.h"

#include <stdio.h>

static const int64_t MIGRATION_NS = INT64_C(600) * 1000 * 1000 * 1000;

/* The name of the lock is ours alone in a database of ours. */
static const char take_turns[] = "SELECT pg_advisory_lock(1280656203)";
static const char give_turn[] = "SELECT pg_advisory_unlock(1280656203)";
static const char make_version[] =
    "CREATE TABLE IF NOT EXISTS schema_version(version integer NOT NULL);"
    "INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS(SELECT 1 FROM schema_version)";

/* In a transaction of its own, with its number: a crash resumes at the first that is missing. A simple query
 * of several statements is one. */
static enum err migrate_one(PGconn *pg, const char *migration, int number)
{
    char end[80];

    snprintf(end, sizeof(end), "UPDATE schema_version SET version = %d; COMMIT", number);
    TRY(postgres_run(pg, "BEGIN", MIGRATION_NS));
    TRY(postgres_run(pg, migration, MIGRATION_NS));
    return postgres_run(pg, end, MIGRATION_NS);
}

static enum err migrate(PGconn *pg, const struct embedded *migrations, int *ret_version)
{
    int version = 0, last = 0;

    while (migrations[last].name)
        last++;
    TRY(postgres_run(pg, make_version, MIGRATION_NS));
    TRY(postgres_number(pg, "SELECT version FROM schema_version", 0, &version));
    *ret_version = version;
    if (version > last)
        return INVALID;
    for (; version < last; version++)
        TRY(migrate_one(pg, migrations[version].data, version + 1));
    return OK;
}

enum err postgres_migrate(PGconn *pg, const struct embedded *migrations, int *ret_version)
{
    TRY(postgres_run(pg, take_turns, MIGRATION_NS));
    TRY(migrate(pg, migrations, ret_version));
    return postgres_run(pg, give_turn, MIGRATION_NS);
}
