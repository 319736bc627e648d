/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the store: the folder, its lock, migrations; readers; the sweeper's work. */
#include "base/clock.h"
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    IDLE_READERS_MAX = 64,
    READERS_MAX = 256,
    SWEEP_BATCH = 500,
    PATH_SIZE = 4096,
};

/* Tell the operator; -> e, always */
static enum err explain(struct store_fault *fault, enum err e, const char *format, ...) PRINTF(3, 4);

static enum err explain(struct store_fault *fault, enum err e, const char *format, ...)
{
    va_list args;

    if (!fault)
        return e;
    va_start(args, format);
    vsnprintf(fault->message, sizeof(fault->message), format, args);
    va_end(args);
    return e;
}

static enum err open_folder(const char *folder, struct store_fault *fault)
{
    if (mkdir(folder, 0700) == 0 || errno == EEXIST) {
        if (access(folder, W_OK | X_OK) == 0)
            return OK;
    }
    return explain(fault, DENIED, "The data folder %s cannot be written: %s. Name another with --data, or change its owner.",
                   folder, strerror(errno));
}

/* One process at a time: a second one would not hear of the first one's changes. */
static enum err lock_folder(struct store *s, const char *folder, struct store_fault *fault)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/latchkey.lock", folder);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return explain(fault, DENIED, "The lock file %s cannot be opened: %s.", path, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return OK;
    return explain(fault, CONFLICT,
                   "The data folder %s is in use by another latchkey. Stop it, or name another folder with --data.", folder);
}

static enum err read_version(struct connection *c, int *ret)
{
    sqlite3_stmt *s;
    int code = sqlite3_prepare_v2(c->db, "PRAGMA user_version", -1, &s, NULL);

    if (code != SQLITE_OK)
        return sqlite_err(code);
    code = sqlite3_step(s);
    *ret = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return code == SQLITE_ROW ? OK : sqlite_err(code);
}

/* Each in its own transaction, with its number: a crash resumes at the first that is missing. */
static enum err migrate_one(struct connection *c, int number)
{
    char end[64];
    int code = sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    snprintf(end, sizeof(end), "PRAGMA user_version = %d; COMMIT", number);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->db, migrations[number - 1], NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->db, end, NULL, NULL, NULL);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return sqlite_err(code);
}

static enum err migrate(struct connection *c, const char *path, struct store_fault *fault)
{
    int version = 0;

    TRY(read_version(c, &version));
    if (version > migrations_n)
        return explain(fault, INVALID,
                       "The database %s was written by a newer latchkey: its schema is %d, this program knows up to %d. "
                       "Run the newer program, or name another folder with --data.",
                       path, version, migrations_n);
    while (version < migrations_n)
        TRY(migrate_one(c, ++version));
    return OK;
}

static enum err explain_open(struct store_fault *fault, enum err e, const char *path)
{
    if (!fault || fault->message[0])
        return e;
    if (e == CORRUPT)
        return explain(fault, e, "The file %s is not a database of latchkey. Move it away, or name another folder with --data.",
                       path);
    return explain(fault, e, "The database %s cannot be opened: %s.", path, err_name(e));
}

static enum err open_database(struct store *s, struct store_fault *fault)
{
    struct connection *c = NULL;
    enum err e;

    umask(umask(077) | 077); /* the database and its log are the operator's alone */
    e = connection_open(s->path, true, &c);
    if (e == OK)
        e = migrate(c, s->path, fault);
    if (e == OK)
        e = writer_start(s, c, &s->writer);
    if (e == OK)
        return OK;
    connection_close(c);
    return explain_open(fault, e, s->path);
}

enum err store_open_sqlite(const char *folder, struct store_fault *fault, struct store **ret)
{
    struct store *s = mem_alloc(sizeof(*s));
    enum err e;

    if (!s)
        return NO_MEMORY;
    if (fault)
        fault->message[0] = '\0';
    s->lock_fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    s->path = mem_alloc(PATH_SIZE);
    s->generations = generations_new();
    e = s->path && s->generations ? OK : NO_MEMORY;
    if (e == OK)
        e = open_folder(folder, fault);
    if (e == OK)
        e = lock_folder(s, folder, fault);
    if (e == OK) {
        snprintf(s->path, PATH_SIZE, "%s/latchkey.db", folder);
        e = open_database(s, fault);
    }
    if (e != OK) {
        store_close(s);
        return e;
    }
    *ret = s;
    return OK;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    while (s->idle) {
        struct connection *c = s->idle;

        s->idle = c->next;
        connection_close(c);
    }
    writer_stop(s->writer);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    generations_free(s->generations);
    pthread_mutex_destroy(&s->lock);
    mem_free(s->path);
    mem_free(s);
}

static enum err reader_take(struct store *s, struct connection **ret)
{
    struct connection *c;
    bool full;

    pthread_mutex_lock(&s->lock);
    c = s->idle;
    if (c)
        s->idle = c->next;
    full = !c && s->readers == READERS_MAX;
    if (!c && !full)
        s->readers++;
    pthread_mutex_unlock(&s->lock);
    if (full)
        return UNAVAILABLE;
    if (!c) {
        enum err e = connection_open(s->path, false, &c);

        if (e != OK) {
            pthread_mutex_lock(&s->lock);
            s->readers--;
            pthread_mutex_unlock(&s->lock);
            return e;
        }
    }
    *ret = c;
    return OK;
}

static void reader_give(struct store *s, struct connection *c)
{
    pthread_mutex_lock(&s->lock);
    c->next = s->idle;
    s->idle = c;
    pthread_mutex_unlock(&s->lock);
}

static void end(void *arg)
{
    tx_end(arg);
}

enum err store_read_begin(struct store *s, struct arena *a, struct tx **ret)
{
    struct tx *tx = ARENA_NEW(a, struct tx);
    enum err e;

    if (!tx)
        return NO_MEMORY;
    *tx = (struct tx){ .store = s, .arena = a, .now_ms = clock_now_ms() };
    TRY(reader_take(s, &tx->connection));
    e = statement_run(tx->connection, BEGIN_READ);
    if (e != OK) {
        reader_give(s, tx->connection);
        return e;
    }
    tx->open = true;
    TRY(arena_defer(a, end, tx));
    *ret = tx;
    return OK;
}

void tx_end(struct tx *tx)
{
    if (!tx->open || tx->writing)
        return;
    tx->open = false;
    if (statement_run(tx->connection, COMMIT_TX) != OK) {
        /* a read has nothing to lose; the next BEGIN on this connection tells */
    }
    reader_give(tx->store, tx->connection);
}

enum err store_write(struct store *s, store_fn *fn, void *arg)
{
    return writer_write(s->writer, fn, arg);
}

uint64_t store_generation(struct store *s, struct uuid environment)
{
    return generations_get(s->generations, environment);
}

enum err store_check(struct store *s)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct tx *tx;
    int64_t n;

    if (!a)
        return NO_MEMORY;
    TRY(store_read_begin(s, a, &tx));
    return tx_counter_get(tx, (struct uuid){ { 0 } }, STR("check"), (struct uuid){ { 0 } }, &n);
}

/* Tables whose rows belong to an environment, and the column that says so. */
static const char *const erasures[] = {
    "DELETE FROM object WHERE (environment, type, id) IN (SELECT environment, type, id FROM object WHERE environment = ?1 LIMIT ?2)",
    "DELETE FROM unique_value WHERE (scope, type, attribute, value) IN"
    " (SELECT scope, type, attribute, value FROM unique_value WHERE environment = ?1 LIMIT ?2)",
    "DELETE FROM index_value WHERE (environment, type, attribute, value, id) IN"
    " (SELECT environment, type, attribute, value, id FROM index_value WHERE environment = ?1 LIMIT ?2)",
    "DELETE FROM reference WHERE (environment, source_type, source, attribute, target) IN"
    " (SELECT environment, source_type, source, attribute, target FROM reference WHERE environment = ?1 LIMIT ?2)",
    "DELETE FROM counter WHERE (environment, name, id) IN"
    " (SELECT environment, name, id FROM counter WHERE environment = ?1 LIMIT ?2)",
};

static enum err erase_some(struct tx *tx, const char *text, struct uuid environment, size_t *removed)
{
    sqlite3_stmt *s;
    int code = sqlite3_prepare_v2(tx->connection->db, text, -1, &s, NULL);

    if (code != SQLITE_OK)
        return sqlite_err(code);
    sqlite3_bind_blob(s, 1, environment.b, sizeof(environment.b), SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, SWEEP_BATCH);
    code = sqlite3_step(s);
    *removed += (size_t)sqlite3_changes(tx->connection->db);
    sqlite3_finalize(s);
    return sqlite_err(code);
}

static enum err erase_batch(struct tx *tx, size_t *ret_removed)
{
    struct uuid environment;
    sqlite3_stmt *s;
    int code;

    TRY(statement_get(tx->connection, ERASED_GET, &s));
    code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        memcpy(environment.b, sqlite3_column_blob(s, 0), sizeof(environment.b));
    sqlite3_reset(s);
    if (code != SQLITE_ROW)
        return sqlite_err(code);
    for (size_t i = 0; i < LENGTH(erasures) && *ret_removed < SWEEP_BATCH; i++)
        TRY(erase_some(tx, erasures[i], environment, ret_removed));
    if (*ret_removed)
        return OK;
    TRY(statement_get(tx->connection, ERASED_DONE, &s));
    sqlite3_bind_blob(s, 1, environment.b, sizeof(environment.b), SQLITE_STATIC);
    code = sqlite3_step(s);
    sqlite3_reset(s);
    return sqlite_err(code);
}

static enum err sweep(struct tx *tx, void *arg)
{
    size_t expired = 0, erased = 0;

    TRY(tx_sweep(tx, clock_now_ms(), SWEEP_BATCH, &expired));
    TRY(erase_batch(tx, &erased));
    *(bool *)arg = expired == SWEEP_BATCH || erased > 0;
    return OK;
}

enum err store_sweep(struct store *s, bool *ret_more)
{
    return writer_write(s->writer, sweep, ret_more);
}
