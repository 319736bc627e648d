/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to the database file, and its log. */
#include "base/log.h"
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

enum {
    LOG_PAGES = 4000,      /* 16 MiB of write-ahead log are brought into the database */
    LOG_PAGES_MAX = 16000, /* 64 MiB: readers are waited for, so that the log can start anew */
    LOG_WAIT_MS = 100,
    BUSY_WAIT_MS = 5000,
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
    case SQLITE_BUSY:
    case SQLITE_CANTOPEN: /* the file is there and ours: too many files are open */
        return UNAVAILABLE;
    default:
        return IO;
    }
}

/* busy_timeout stands before journal_mode, which needs a lock. Caches: 8 MiB for the writer, 1 MiB for
 * each of the four readers that are preferred, 64 KiB for each of the other 60, less than 16 MiB in all. The
 * writer checkpoints by itself, when nobody waits for an answer. */
static const char writer_settings[] =
    "PRAGMA busy_timeout=5000; PRAGMA synchronous=FULL; PRAGMA cache_size=-8192;"
    "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;";
static const char reader_settings[] = "PRAGMA busy_timeout=5000; PRAGMA query_only=1; PRAGMA cache_size=-64;"
                                      "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;";

/* Counting every allocation under one lock costs readers more than it tells. */
static void configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_initialize();
}

static int note_log_pages(void *arg, sqlite3 *db UNUSED, const char *name UNUSED, int pages)
{
    struct sqlite_connection *c = arg;

    c->log_pages = pages;
    return SQLITE_OK;
}

/* A file system without shared memory keeps the old mode and says nothing: readers would block the writer. */
static int require_write_ahead_log(sqlite3 *db)
{
    sqlite3_stmt *s;
    int code = sqlite3_prepare_v2(db, "PRAGMA journal_mode=WAL", -1, &s, NULL);

    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        code = str_is(str_from((const char *)sqlite3_column_text(s, 0)), "wal") ? SQLITE_OK : SQLITE_IOERR;
    sqlite3_finalize(s);
    return code;
}

static int set_up(struct sqlite_connection *c, bool writing)
{
    int code = sqlite3_exec(c->db, writing ? writer_settings : reader_settings, NULL, NULL, NULL);

    if (code != SQLITE_OK || !writing)
        return code;
    sqlite3_wal_hook(c->db, note_log_pages, c);
    return require_write_ahead_log(c->db);
}

enum err connection_open(const char *path, bool writing, struct sqlite_connection **ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite_connection *c = mem_alloc(sizeof(*c));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE;
    int code;

    if (!c)
        return NO_MEMORY;
    c->base.engine = &sqlite_engine;
    c->checkpoint_at = LOG_PAGES;
    pthread_once(&once, configure);
    code = sqlite3_open_v2(path, &c->db, flags, NULL);
    if (code == SQLITE_OK)
        code = set_up(c, writing);
    if (code != SQLITE_OK) {
        connection_close(c);
        return sqlite_err(code);
    }
    *ret = c;
    return OK;
}

enum err connection_prefer(struct sqlite_connection *c)
{
    c->base.preferred = true;
    return sqlite_err(sqlite3_exec(c->db, "PRAGMA cache_size=-1024", NULL, NULL, NULL));
}

void connection_close(struct sqlite_connection *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(c->statements[i]);
    sqlite3_close(c->db);
    mem_free(c);
}

static int checkpoint(struct sqlite_connection *c, int mode)
{
    int code;

    sqlite3_busy_timeout(c->db, LOG_WAIT_MS);
    code = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, NULL, NULL);
    sqlite3_busy_timeout(c->db, BUSY_WAIT_MS);
    return code;
}

/* Readers without a pause would let the log grow for ever: when it is long, they are waited for. What could
 * not be done is tried again some pages later, the sooner the longer the log is. */
void checkpoint_if_due(struct sqlite_connection *c)
{
    int pages = c->log_pages, code;

    if (pages < LOG_PAGES)
        c->checkpoint_at = LOG_PAGES;
    if (pages < c->checkpoint_at)
        return;
    code = checkpoint(c, pages < LOG_PAGES_MAX ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE);
    if (code != SQLITE_OK && code != SQLITE_BUSY && code != c->checkpoint_code) /* once, not at every write */
        log_event(LOG_WARNING, "store_checkpoint_failed", { "reason", str_from(sqlite3_errstr(code)) });
    c->checkpoint_code = code;
    c->checkpoint_at = pages + (pages < LOG_PAGES_MAX ? LOG_PAGES : LOG_PAGES / 4);
}
