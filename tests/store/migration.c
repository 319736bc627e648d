/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations, with lists of their own: what is half done is done again, what is done stays. */
#include "suite.h"

#include "store/postgres/postgres.h"
#include "store/sqlite/sqlite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SQL(name, text)                                                                                      \
    {                                                                                                        \
        name, sizeof(text) - 1, text                                                                         \
    }

enum { ROWS = 20000 };

/* A kind of store, below what store.h shows of it. */
struct database {
    const struct kind *kind;
    const struct embedded *list; /* long enough to be killed within; each fails when it runs twice */
    void *(*open)(char *place);
    enum err (*migrate)(void *connection, const struct embedded *migrations, int *ret_version);
    int (*number)(void *connection, const char *query);
    void (*close)(void *connection);
    const char *version, *is_whole;
    /* The moments of kills spread over what a whole run takes here; each round begins where the last kill
     * left it.
     */
    useconds_t rounds, first_us, round_us, step_us;
};

static void *sqlite_open(char *place)
{
    struct sqlite_connection *c = NULL;
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/latchkey.db", place);
    f = fopen(path, "a");
    assert_non_null(f);
    fclose(f);
    assert_ok(connection_open(path, true, &c));
    return c;
}

static enum err sqlite_migrate(void *connection, const struct embedded *migrations, int *ret_version)
{
    return schema_migrate(connection, migrations, ret_version);
}

static int sqlite_number(void *connection, const char *query)
{
    struct sqlite_connection *c = connection;
    sqlite3_stmt *s;
    int n = -1;

    if (sqlite3_prepare_v2(c->db, query, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return n;
}

static void sqlite_close(void *connection)
{
    connection_close(connection);
}

static void *pg_open(char *place)
{
    struct postgres_place at = { .url = place };
    PGconn *pg = NULL;
    unsigned server;

    assert_ok(postgres_connect(&at, &pg, &server));
    return pg;
}

static enum err pg_migrate(void *connection, const struct embedded *migrations, int *ret_version)
{
    return postgres_migrate(connection, migrations, ret_version);
}

static int pg_number(void *connection, const char *query)
{
    int n = -1;

    assert_ok(postgres_number(connection, query, -1, &n));
    return n;
}

static void pg_close(void *connection)
{
    PQfinish(connection);
}

#define LAST_OF_LIST                                                                                         \
    SQL("3", "CREATE TABLE b(n INTEGER PRIMARY KEY, twice INTEGER); INSERT INTO b SELECT n, twice FROM a;"   \
             "DELETE FROM a WHERE n > 10; INSERT INTO b(n, twice) VALUES(0, 0)"),                            \
    {                                                                                                        \
        NULL, 0, NULL                                                                                        \
    }
#define TWICE SQL("2", "ALTER TABLE a ADD COLUMN twice INTEGER; UPDATE a SET twice = 2 * n")

static const struct embedded sqlite_list[] = {
    SQL("1", "CREATE TABLE a(n INTEGER PRIMARY KEY); WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
             "FROM c WHERE n < 20000) INSERT INTO a SELECT n FROM c"),
    TWICE,
    LAST_OF_LIST,
};

static const struct embedded pg_list[] = {
    SQL("1", "CREATE TABLE a(n INTEGER PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 20000)"),
    TWICE,
    LAST_OF_LIST,
};

static const struct database on_sqlite = { .kind = &sqlite,
                                           .list = sqlite_list,
                                           .open = sqlite_open,
                                           .migrate = sqlite_migrate,
                                           .number = sqlite_number,
                                           .close = sqlite_close,
                                           .version = "PRAGMA user_version",
                                           .is_whole = "SELECT count(*) FROM pragma_integrity_check "
                                                       "WHERE integrity_check = 'ok'",
                                           .rounds = 12,
                                           .first_us = 500,
                                           .round_us = 3700,
                                           .step_us = 2900 };

/* The database goes on for a moment when a node was killed: the next one waits for its turn. */
static const struct database on_postgres = { .kind = &postgres,
                                             .list = pg_list,
                                             .open = pg_open,
                                             .migrate = pg_migrate,
                                             .number = pg_number,
                                             .close = pg_close,
                                             .version = "SELECT version FROM schema_version",
                                             .is_whole = "SELECT 1",
                                             .rounds = 5,
                                             .first_us = 2000,
                                             .round_us = 1900,
                                             .step_us = 9700 };

#define MIGRATION_TEST(sentence)                                                                             \
    static void migration_##sentence(const struct database *d, char *place);                                 \
    TEST(migration_sqlite, sentence)                                                                         \
    {                                                                                                        \
        run(&on_sqlite, migration_##sentence);                                                               \
    }                                                                                                        \
    TEST(migration_postgres, sentence)                                                                       \
    {                                                                                                        \
        run(&on_postgres, migration_##sentence);                                                             \
    }                                                                                                        \
    static void migration_##sentence(const struct database *d, char *place)

/* On an empty place of its own. */
static void run(const struct database *d, void (*test)(const struct database *d, char *place))
{
    char place[PLACE_SIZE];

    d->kind->make(place);
    test(d, place);
    d->kind->remove(place);
}

static void assert_complete(const struct database *d, void *c)
{
    assert_int_equal(d->number(c, d->version), 3);
    assert_int_equal(d->number(c, "SELECT count(*) FROM a"), 10);
    assert_int_equal(d->number(c, "SELECT count(*) FROM b WHERE twice = 2 * n"), ROWS + 1);
    assert_int_equal(d->number(c, d->is_whole), 1);
}

MIGRATION_TEST(runs_each_once_in_order)
{
    void *c = d->open(place);
    int version;

    assert_ok(d->migrate(c, d->list, &version));
    assert_int_equal(version, 0); /* what it was */
    assert_complete(d, c);
    assert_ok(d->migrate(c, d->list, &version));
    assert_int_equal(version, 3);
    assert_complete(d, c);
    d->close(c);
}

MIGRATION_TEST(that_fails_leaves_nothing_of_itself)
{
    static const struct embedded bad[] = {
        SQL("1", "CREATE TABLE a(n INTEGER)"),
        SQL("2", "INSERT INTO a VALUES(1); CREATE TABLE b(n INTEGER); INSERT INTO no_such_table VALUES(1)"),
        { NULL, 0, NULL },
    };
    static const struct embedded mended[] = {
        SQL("1", "CREATE TABLE a(n INTEGER)"),
        SQL("2", "CREATE TABLE b(n INTEGER)"),
        { NULL, 0, NULL },
    };
    void *c = d->open(place);
    int version;

    assert_err(d->migrate(c, bad, &version), IO);
    d->close(c); /* a program that cannot migrate ends */
    c = d->open(place);
    assert_int_equal(d->number(c, d->version), 1);
    assert_int_equal(d->number(c, "SELECT count(*) FROM a"), 0);
    assert_ok(d->migrate(c, mended, &version));
    assert_int_equal(d->number(c, d->version), 2);
    d->close(c);
}

MIGRATION_TEST(of_a_newer_program_is_refused_and_left_alone)
{
    static const struct embedded fewer[] = { SQL("1", "SELECT 1"), { NULL, 0, NULL } };
    void *c = d->open(place);
    int version;

    assert_ok(d->migrate(c, d->list, &version));
    assert_err(d->migrate(c, fewer, &version), INVALID);
    assert_int_equal(version, 3);
    assert_complete(d, c);
    d->close(c);
}

static void migrate_and_exit(const struct database *d, char *place)
{
    int version;

    _exit(d->migrate(d->open(place), d->list, &version) == OK ? 0 : 1);
}

/* -> whether it was killed before it had ended */
static bool kill_after(const struct database *d, char *place, useconds_t us)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0)
        migrate_and_exit(d, place);
    usleep(us);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void kill_and_go_on(const struct database *d, char *place, useconds_t round)
{
    int version;
    void *c;

    for (useconds_t us = d->first_us + d->round_us * round; kill_after(d, place, us); us += d->step_us)
        ;
    c = d->open(place);
    assert_ok(d->migrate(c, d->list, &version));
    assert_int_equal(version, 3); /* the last child finished it */
    assert_complete(d, c);
    d->close(c);
}

MIGRATION_TEST(goes_on_after_a_kill_at_any_moment)
{
    for (useconds_t i = 0; i < d->rounds; i++) {
        kill_and_go_on(d, place, i);
        d->kind->remove(place);
        d->kind->make(place);
    }
}
