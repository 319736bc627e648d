/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store costs beside bare SQLite with the same tables: microseconds a durable write of four rows (an
 * object, a unique value, two index values) and a point read. Both sides write the same rows with the same
 * settings; bare SQLite commits 64 savepoints together, or one alone.
 *
 *   bench_store [OBJECTS [FOLDER]]
 */
#include "store/store.h"
#include "base/clock.h"

#include <ftw.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    THREADS = 64,
    GROUP = 64,
    ALONE_WRITES = 2000,
    READS = 300000,
    DOCUMENT_SIZE = 600,
};

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "bench_store: failed at line %d: %s\n", __LINE__, #condition);                   \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

static struct uuid environment = { { 1 } };
static char document[DOCUMENT_SIZE + 1];
static struct uuid *ids; /* of every object written, for the reads */
static size_t ids_n;
static pthread_mutex_t ids_lock = PTHREAD_MUTEX_INITIALIZER;

/* The values of one write: a name that is unique, a family name that many share. */
struct row {
    struct uuid id;
    char name[UUID_TEXT_LENGTH + 1];
    char family[16];
};

static struct row row_make(void)
{
    struct row r = { .id = uuid_v7() };

    uuid_format(uuid_v4(), r.name);
    snprintf(r.family, sizeof(r.family), "family%02x", r.name[0] * r.name[1] % 251);
    return r;
}

static void remember(struct uuid id)
{
    pthread_mutex_lock(&ids_lock);
    ids[ids_n++] = id;
    pthread_mutex_unlock(&ids_lock);
}

/* The store */

static enum err write_row(struct tx *tx, void *arg)
{
    struct row *r = arg;
    struct str type = STR("user"), name = str_from(r->name);
    struct object o = {
        .environment = environment, .type = type, .id = r->id, .document = str_from(document)
    };
    struct unique u = { environment, type, STR("username"), name };
    struct index_value username = { environment, type, STR("username"), name, r->id };
    struct index_value family = { environment, type, STR("name.family"), str_from(r->family), r->id };

    TRY(tx_insert(tx, &o));
    TRY(tx_unique_put(tx, &u, environment, r->id, NULL));
    TRY(tx_index_put(tx, &username));
    return tx_index_put(tx, &family);
}

struct load {
    struct store *store;
    size_t writes;
};

static void *write_rows(void *arg)
{
    struct load *l = arg;

    for (size_t i = 0; i < l->writes; i++) {
        struct row r = row_make();

        CHECK(store_write(l->store, write_row, &r) == OK);
        remember(r.id);
    }
    return NULL;
}

/* -> microseconds a write */
static double store_writes(struct store *s, size_t threads, size_t writes)
{
    struct load l = { s, writes / threads };
    int64_t start = clock_monotonic_ns();
    pthread_t thread[THREADS];

    for (size_t i = 0; i < threads; i++)
        CHECK(!pthread_create(&thread[i], NULL, write_rows, &l));
    for (size_t i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    return (double)(clock_monotonic_ns() - start) / 1e3 / (double)(l.writes * threads);
}

/* -> microseconds a read; each in a snapshot of its own */
static double store_reads(struct store *s)
{
    struct arena *a = arena_new(0);
    struct arena_mark mark;
    int64_t start = clock_monotonic_ns();

    CHECK(arena_alloc(a, 1));
    mark = arena_mark(a);
    for (size_t i = 0; i < READS; i++) {
        struct object o;
        struct tx *tx;

        CHECK(store_read_begin(s, a, &tx) == OK);
        CHECK(tx_get(tx, a, environment, STR("user"), ids[(size_t)random() % ids_n], &o) == OK);
        arena_rewind(a, mark);
    }
    arena_free(a);
    return (double)(clock_monotonic_ns() - start) / 1e3 / READS;
}

/* Bare SQLite */

enum { OBJECT, UNIQUE, INDEX, READ, BEGIN, SAVEPOINT, RELEASE, COMMIT, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [OBJECT] = "INSERT INTO object(environment, type, id, parent, version, expires_at, document) VALUES(?1, "
               "'user', ?2,"
               " zeroblob(16), 1, 0, ?3)",
    [UNIQUE] =
        "INSERT INTO unique_value(environment, type, id, attribute, value, scope) VALUES(?1, 'user', ?2,"
        " 'username', ?3, ?1)",
    [INDEX] =
        "INSERT INTO index_value(environment, type, id, attribute, value) VALUES(?1, 'user', ?2, ?4, ?3)",
    [READ] = "SELECT parent, version, expires_at, document, secret FROM object WHERE environment = ?1 AND "
             "type = 'user'"
             " AND id = ?2",
    [BEGIN] = "BEGIN IMMEDIATE",
    [SAVEPOINT] = "SAVEPOINT s",
    [RELEASE] = "RELEASE s",
    [COMMIT] = "COMMIT",
};

struct bare {
    sqlite3 *db;
    sqlite3_stmt *s[STATEMENTS];
};

static void bare_open(const char *folder, struct bare *b)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/latchkey.db", folder);
    CHECK(!sqlite3_open_v2(path, &b->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    CHECK(!sqlite3_exec(b->db, "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096",
                        NULL, NULL, NULL));
    for (size_t i = 0; i < STATEMENTS; i++)
        CHECK(!sqlite3_prepare_v3(b->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &b->s[i], NULL));
}

static void bare_close(struct bare *b)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(b->s[i]);
    sqlite3_close(b->db);
}

static void bare_step(sqlite3_stmt *s)
{
    CHECK(sqlite3_step(s) == SQLITE_DONE);
    sqlite3_reset(s);
}

static void bare_bind(sqlite3_stmt *s, const struct row *r, const char *value)
{
    sqlite3_bind_blob(s, 1, environment.b, sizeof(environment.b), SQLITE_STATIC);
    sqlite3_bind_blob(s, 2, r->id.b, sizeof(r->id.b), SQLITE_STATIC);
    sqlite3_bind_blob(s, 3, value, (int)strlen(value), SQLITE_STATIC);
}

static void bare_index(sqlite3_stmt *s, const struct row *r, const char *attribute, const char *value)
{
    bare_bind(s, r, value);
    sqlite3_bind_text(s, 4, attribute, -1, SQLITE_STATIC);
    bare_step(s);
}

static void bare_write(struct bare *b)
{
    struct row r = row_make();

    bare_step(b->s[SAVEPOINT]);
    bare_bind(b->s[OBJECT], &r, document);
    bare_step(b->s[OBJECT]);
    bare_bind(b->s[UNIQUE], &r, r.name);
    bare_step(b->s[UNIQUE]);
    bare_index(b->s[INDEX], &r, "username", r.name);
    bare_index(b->s[INDEX], &r, "name.family", r.family);
    bare_step(b->s[RELEASE]);
    remember(r.id);
}

/* -> microseconds a write, `group` of them committed together */
static double bare_writes(struct bare *b, size_t group, size_t writes)
{
    int64_t start = clock_monotonic_ns();

    for (size_t i = 0; i < writes; i += group) {
        bare_step(b->s[BEGIN]);
        for (size_t j = 0; j < group; j++)
            bare_write(b);
        bare_step(b->s[COMMIT]);
    }
    return (double)(clock_monotonic_ns() - start) / 1e3 / (double)writes;
}

static double bare_reads(struct bare *b)
{
    sqlite3_stmt *s = b->s[READ];
    int64_t start = clock_monotonic_ns();
    char copy[DOCUMENT_SIZE];

    for (size_t i = 0; i < READS; i++) {
        sqlite3_bind_blob(s, 1, environment.b, sizeof(environment.b), SQLITE_STATIC);
        sqlite3_bind_blob(s, 2, ids[(size_t)random() % ids_n].b, sizeof(ids->b), SQLITE_STATIC);
        CHECK(sqlite3_step(s) == SQLITE_ROW);
        memcpy(copy, sqlite3_column_blob(s, 3), (size_t)sqlite3_column_bytes(s, 3));
        CHECK(copy[0] == document[0]);
        sqlite3_reset(s);
    }
    return (double)(clock_monotonic_ns() - start) / 1e3 / READS;
}

/* What is measured */

struct figures {
    double alone, together, read;
};

static struct figures measure_store(const char *folder, size_t objects)
{
    struct store_fault fault;
    struct figures f;
    struct store *s;

    ids_n = 0;
    CHECK(store_open_sqlite(folder, &fault, &s) == OK);
    f.alone = store_writes(s, 1, ALONE_WRITES);
    f.together = store_writes(s, THREADS, objects - ALONE_WRITES);
    f.read = store_reads(s);
    store_close(s);
    return f;
}

static struct figures measure_bare(const char *folder, size_t objects)
{
    struct store_fault fault;
    struct figures f;
    struct bare b;
    struct store *s;

    ids_n = 0;
    CHECK(store_open_sqlite(folder, &fault, &s) == OK); /* for its tables */
    store_close(s);
    bare_open(folder, &b);
    f.alone = bare_writes(&b, 1, ALONE_WRITES);
    f.together = bare_writes(&b, GROUP, (objects - ALONE_WRITES) / GROUP * GROUP);
    f.read = bare_reads(&b);
    bare_close(&b);
    return f;
}

static int remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *at UNUSED)
{
    return remove(path);
}

static void show(const char *what, double store, double bare)
{
    printf("%-34s %8.2f us %8.2f us  %5.2f\n", what, store, bare, bare / store);
}

int main(int argc, char **argv)
{
    size_t objects = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    const char *below = argc > 2 ? argv[2] : ".";
    struct figures store, bare;
    char folder[2][4096];

    CHECK(objects >= 10 * ALONE_WRITES);
    ids = calloc(objects + THREADS, sizeof(*ids));
    memset(document, 'x', DOCUMENT_SIZE);
    for (int i = 0; i < 2; i++) {
        snprintf(folder[i], sizeof(folder[i]), "%s/bench-XXXXXX", below);
        CHECK(ids && mkdtemp(folder[i]));
    }
    bare = measure_bare(folder[0], objects);
    store = measure_store(folder[1], objects);
    for (int i = 0; i < 2; i++)
        nftw(folder[i], remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(ids);
    printf("%zu objects                            store        bare  speed\n", objects);
    show("4-row write, one writer", store.alone, bare.alone);
    show("4-row write, 64 writers", store.together, bare.together);
    show("point read in its own snapshot", store.read, bare.read);
    return 0;
}
