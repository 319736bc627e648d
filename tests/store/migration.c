/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations of the SQLite store, with a list of their own: what is half done is done again, what is done
 * stays. */
#include "suite.h"

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

enum { ROWS = 20000, KILLS = 12 };

/* Long enough to be killed within; each fails when it runs twice. */
static const struct embedded list[] = {
    SQL("1", "CREATE TABLE a(n INTEGER PRIMARY KEY); WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
             "FROM c WHERE n < 20000) INSERT INTO a SELECT n FROM c"),
    SQL("2", "ALTER TABLE a ADD COLUMN twice INTEGER; UPDATE a SET twice = 2 * n"),
    SQL("3", "CREATE TABLE b(n INTEGER PRIMARY KEY, twice INTEGER); INSERT INTO b SELECT n, twice FROM a;"
             "DELETE FROM a WHERE n > 10; INSERT INTO b(n, twice) VALUES(0, 0)"),
    { NULL, 0, NULL },
};

static struct sqlite_connection *open_in(const char *folder)
{
    struct sqlite_connection *c = NULL;
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/latchkey.db", folder);
    f = fopen(path, "a");
    assert_non_null(f);
    fclose(f);
    assert_ok(connection_open(path, true, &c));
    return c;
}

static int number(struct sqlite_connection *c, const char *text)
{
    sqlite3_stmt *s;
    int n = -1;

    if (sqlite3_prepare_v2(c->db, text, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return n;
}

static int version_of(struct sqlite_connection *c)
{
    return number(c, "PRAGMA user_version");
}

static void assert_complete(struct sqlite_connection *c)
{
    assert_int_equal(version_of(c), 3);
    assert_int_equal(number(c, "SELECT count(*) FROM a"), 10);
    assert_int_equal(number(c, "SELECT count(*) FROM b WHERE twice = 2 * n"), ROWS + 1);
    assert_int_equal(number(c, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
                     1);
}

TEST(migration, runs_each_once_in_order)
{
    struct sqlite_connection *c;
    char folder[64];
    int version;

    suite_folder_make(folder);
    c = open_in(folder);
    assert_ok(schema_migrate(c, list, &version));
    assert_int_equal(version, 0); /* what it was */
    assert_complete(c);
    assert_ok(schema_migrate(c, list, &version));
    assert_int_equal(version, 3);
    assert_complete(c);
    connection_close(c);
    suite_folder_remove(folder);
}

TEST(migration, that_fails_leaves_nothing_of_itself)
{
    static const struct embedded bad[] = {
        SQL("1", "CREATE TABLE a(n)"),
        SQL("2", "INSERT INTO a VALUES(1); CREATE TABLE b(n); INSERT INTO no_such_table VALUES(1)"),
        { NULL, 0, NULL },
    };
    static const struct embedded mended[] = {
        SQL("1", "CREATE TABLE a(n)"),
        SQL("2", "CREATE TABLE b(n)"),
        { NULL, 0, NULL },
    };
    struct sqlite_connection *c;
    char folder[64];
    int version;

    suite_folder_make(folder);
    c = open_in(folder);
    assert_err(schema_migrate(c, bad, &version), IO);
    assert_int_equal(version_of(c), 1);
    assert_int_equal(number(c, "SELECT count(*) FROM a"), 0);
    assert_ok(schema_migrate(c, mended, &version));
    assert_int_equal(version_of(c), 2);
    connection_close(c);
    suite_folder_remove(folder);
}

TEST(migration, of_a_newer_program_is_refused_and_left_alone)
{
    static const struct embedded fewer[] = { SQL("1", "SELECT 1"), { NULL, 0, NULL } };
    struct sqlite_connection *c;
    char folder[64];
    int version;

    suite_folder_make(folder);
    c = open_in(folder);
    assert_ok(schema_migrate(c, list, &version));
    assert_err(schema_migrate(c, fewer, &version), INVALID);
    assert_int_equal(version, 3);
    assert_complete(c);
    connection_close(c);
    suite_folder_remove(folder);
}

static void migrate_and_exit(const char *folder)
{
    struct sqlite_connection *c;
    int version;

    c = open_in(folder);
    _exit(schema_migrate(c, list, &version) == OK ? 0 : 1);
}

/* -> whether it was killed before it had ended */
static bool kill_after(const char *folder, useconds_t us)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0)
        migrate_and_exit(folder);
    usleep(us);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* The moments spread over what a whole run takes here; each round begins where the last kill left it. */
TEST(migration, goes_on_after_a_kill_at_any_moment)
{
    struct sqlite_connection *c;
    char folder[64];
    int version;

    for (useconds_t i = 0; i < KILLS; i++) {
        suite_folder_make(folder);
        for (useconds_t us = 500 + 3700 * i; kill_after(folder, us); us += 2900)
            ;
        c = open_in(folder);
        assert_ok(schema_migrate(c, list, &version));
        assert_int_equal(version, 3); /* the last child finished it */
        assert_complete(c);
        connection_close(c);
        suite_folder_remove(folder);
    }
}
