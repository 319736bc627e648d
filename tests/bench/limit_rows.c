/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQLite alone costs to keep users: copies of one user's rows, whatever tables they are in, are inserted
 * with nothing above SQLite. Prints users a second and microseconds of processor time a user.
 *
 *   limit_rows DATABASE USERNAME COUNT [--fill]
 *
 * The copies differ from the user in id and username, which is to have 16 letters. They are written as the
 * store writes: a savepoint each, 64 committed together, synchronous=FULL. --fill is for making many users
 * quickly: thousands committed together, nothing waited for.
 */
#include "base/clock.h"
#include "base/uuid.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    GROUP = 64,
    FILL_GROUP = 20000,
    NAME_LENGTH = 16,
    ROWS_MAX = 32,
    COLUMNS_MAX = 10,
};

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "limit_rows: failed at line %d: %s: %s\n", __LINE__, #condition,                 \
                    sqlite3_errmsg(db));                                                                     \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

static sqlite3 *db;

/* Where a user's rows are, and how one is written. ?1 is the user's id as octets, ?2 as text. */
static const struct {
    const char *select, *insert;
} tables[] = {
    { "SELECT environment, type, id, parent, version, expires_at, document, secret FROM object WHERE id = ?1",
      "INSERT INTO object(environment, type, id, parent, version, expires_at, document, secret)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)" },
    { "SELECT scope, type, attribute, value, environment, id FROM unique_value WHERE id = ?1",
      "INSERT INTO unique_value(scope, type, attribute, value, environment, id) VALUES(?1, ?2, ?3, ?4, ?5, "
      "?6)"
      " ON CONFLICT DO NOTHING" },
    { "SELECT environment, type, attribute, value, id FROM index_value WHERE id = ?1",
      "INSERT INTO index_value(environment, type, attribute, value, id) VALUES(?1, ?2, ?3, ?4, ?5)"
      " ON CONFLICT DO NOTHING" },
    { "SELECT environment, source_type, source, attribute, target_type, target FROM reference"
      " WHERE source = ?1",
      "INSERT INTO reference(environment, source_type, source, attribute, target_type, target)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING" },
    { "SELECT c.environment, c.name, c.id, 1 FROM counter c JOIN object o ON o.id = ?1 AND c.environment ="
      " o.environment WHERE c.name = 'user' OR (c.name = 'users' AND c.id IN (SELECT target FROM reference"
      " WHERE source = ?1))",
      "INSERT INTO counter(environment, name, id, value) VALUES(?1, ?2, ?3, ?4)"
      " ON CONFLICT DO UPDATE SET value = value + ?4 RETURNING value" },
    { "SELECT environment, document FROM event WHERE document LIKE '%USER.CREATED%' || ?2 || '%'",
      "INSERT INTO event(environment, document) VALUES(?1, ?2)" },
};

/* One row of the user, with places for what differs in a copy. */
struct row {
    sqlite3_stmt *insert;
    sqlite3_value *columns[COLUMNS_MAX];
    char *copies[COLUMNS_MAX];
    int n;
};

/* The identity of a user, in the forms in which rows have it. */
struct identity {
    struct uuid id;
    char text[UUID_TEXT_LENGTH + 1];
    char name[NAME_LENGTH + 1];
};

static struct row rows[ROWS_MAX];
static size_t rows_n;

static void run(const char *sql)
{
    CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *s;

    CHECK(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK);
    return s;
}

static void keep_row(sqlite3_stmt *from, sqlite3_stmt *insert)
{
    struct row *r = &rows[rows_n++];

    CHECK(rows_n < ROWS_MAX && sqlite3_column_count(from) <= COLUMNS_MAX);
    r->insert = insert;
    r->n = sqlite3_column_count(from);
    for (int i = 0; i < r->n; i++) {
        r->columns[i] = sqlite3_value_dup(sqlite3_column_value(from, i));
        r->copies[i] = calloc(1, (size_t)sqlite3_column_bytes(from, i) + 1);
        CHECK(r->columns[i] && r->copies[i]);
    }
}

static void read_rows(const struct identity *user)
{
    for (size_t i = 0; i < LENGTH(tables); i++) {
        sqlite3_stmt *s = prepare(tables[i].select), *insert = prepare(tables[i].insert);

        sqlite3_bind_blob(s, 1, user->id.b, sizeof(user->id.b), SQLITE_STATIC);
        if (sqlite3_bind_parameter_count(s) > 1)
            sqlite3_bind_text(s, 2, user->text, -1, SQLITE_STATIC);
        while (sqlite3_step(s) == SQLITE_ROW)
            keep_row(s, insert);
        sqlite3_finalize(s);
    }
    CHECK(rows_n >= LENGTH(tables));
}

static void find_user(const char *name, struct identity *ret)
{
    sqlite3_stmt *s = prepare("SELECT id FROM unique_value WHERE type = 'user' AND attribute = 'username'"
                              " AND value = CAST(?1 AS BLOB)");

    CHECK(strlen(name) == NAME_LENGTH);
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    CHECK(sqlite3_step(s) == SQLITE_ROW && sqlite3_column_bytes(s, 0) == sizeof(ret->id.b));
    memcpy(ret->id.b, sqlite3_column_blob(s, 0), sizeof(ret->id.b));
    uuid_format(ret->id, ret->text);
    memcpy(ret->name, name, sizeof(ret->name));
    sqlite3_finalize(s);
}

static void put(char *text, size_t n, const void *from, const void *to, size_t length)
{
    for (char *at = text; (at = memmem(at, n - (size_t)(at - text), from, length)); at += length)
        memcpy(at, to, length);
}

static void bind(struct row *r, int i, const struct identity *user, const struct identity *copy)
{
    int type = sqlite3_value_type(r->columns[i]);
    size_t n = (size_t)sqlite3_value_bytes(r->columns[i]);
    char *text = r->copies[i];

    if (type != SQLITE_BLOB) {
        sqlite3_bind_value(r->insert, i + 1, r->columns[i]);
        return;
    }
    if (n)
        memcpy(text, sqlite3_value_blob(r->columns[i]), n);
    put(text, n, user->id.b, copy->id.b, sizeof(user->id.b));
    put(text, n, user->text, copy->text, UUID_TEXT_LENGTH);
    put(text, n, user->name, copy->name, NAME_LENGTH);
    sqlite3_bind_blob64(r->insert, i + 1, text, n, SQLITE_STATIC);
}

static void insert_copy(const struct identity *user, const struct identity *copy)
{
    for (size_t k = 0; k < rows_n; k++) {
        int code;

        for (int i = 0; i < rows[k].n; i++)
            bind(&rows[k], i, user, copy);
        while ((code = sqlite3_step(rows[k].insert)) == SQLITE_ROW)
            ;
        CHECK(code == SQLITE_DONE);
        sqlite3_reset(rows[k].insert);
    }
}

static struct identity next_identity(void)
{
    struct identity copy = { .id = uuid_v7() };

    uuid_format(copy.id, copy.text);
    /* what is random in the id: names are not in the order of ids */
    snprintf(copy.name, sizeof(copy.name), "%.12s%.4s", copy.text + 24, copy.text + 9);
    return copy;
}

static void insert_group(const struct identity *user, unsigned long n)
{
    static sqlite3_stmt *savepoint, *release;

    savepoint = savepoint ? savepoint : prepare("SAVEPOINT s");
    release = release ? release : prepare("RELEASE s");
    run("BEGIN IMMEDIATE");
    for (unsigned long i = 0; i < n; i++) {
        struct identity copy = next_identity();

        sqlite3_step(savepoint);
        sqlite3_reset(savepoint);
        insert_copy(user, &copy);
        sqlite3_step(release);
        sqlite3_reset(release);
    }
    run("COMMIT");
}

static double processor_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    bool fill = argc > 4 && strcmp(argv[4], "--fill") == 0;
    unsigned long count = argc > 3 ? strtoul(argv[3], NULL, 10) : 0, group = fill ? FILL_GROUP : GROUP;
    struct identity user;
    double before;
    int64_t start;

    if (!count) {
        fprintf(stderr, "usage: limit_rows DATABASE USERNAME COUNT [--fill]\n");
        return 2;
    }
    CHECK(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK);
    run("PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000");
    run(fill ? "PRAGMA synchronous=OFF; PRAGMA cache_size=-262144"
             : "PRAGMA synchronous=FULL; PRAGMA cache_size=-8192");
    find_user(argv[2], &user);
    read_rows(&user);
    before = processor_us();
    start = clock_monotonic_ns();
    for (unsigned long done = 0; done < count; done += group)
        insert_group(&user, count - done < group ? count - done : group);
    printf("%.3f %.3f\n", (double)count * 1e9 / (double)(clock_monotonic_ns() - start),
           (processor_us() - before) / (double)count);
    return 0;
}
