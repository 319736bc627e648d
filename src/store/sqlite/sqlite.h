/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite store share: a connection with its statements, and a transaction on it. */
#ifndef STORE_SQLITE_SQLITE_H
#define STORE_SQLITE_SQLITE_H

#include "store/store.h"

#include <pthread.h>
#include <sqlite3.h>

/* Statements are prepared once a connection, at first use. */
enum statement {
    BEGIN_READ,
    BEGIN_WRITE,
    COMMIT_TX,
    ROLLBACK_TX,
    SAVEPOINT,
    SAVEPOINT_RELEASE,
    SAVEPOINT_ROLLBACK,
    OBJECT_GET,
    OBJECT_INSERT,
    OBJECT_DROP_EXPIRED,
    OBJECT_UPDATE,
    OBJECT_DELETE,
    OBJECT_LIST,
    OBJECT_LIST_BELOW,
    OBJECT_EXPIRED,
    UNIQUE_PUT,
    UNIQUE_GET,
    UNIQUE_DELETE,
    UNIQUE_DELETE_OF,
    INDEX_PUT,
    INDEX_DELETE,
    INDEX_DELETE_OF,
    INDEX_UP,
    INDEX_DOWN,
    REFERENCE_PUT,
    REFERENCE_DELETE_OF,
    REFERENCE_LIST,
    COUNTER_ADD,
    COUNTER_GET,
    COUNTER_DELETE,
    EVENT_ADD,
    EVENT_LIST,
    ERASED_ADD,
    ERASED_GET,
    ERASED_DONE,
    STATEMENTS,
};

struct connection {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    struct connection *next;
};

enum { TOUCHED_MAX = 64 };

struct tx {
    struct store *store;
    struct connection *connection;
    struct arena *arena;
    int64_t now_ms;
    bool writing, open;
    struct uuid touched[TOUCHED_MAX]; /* environments whose generation rises at COMMIT */
    size_t touched_n;
    bool touched_all; /* more than fit: every one rises */
};

struct writer;
struct generations;

struct store {
    char *path;
    int lock_fd;
    pthread_mutex_t lock;          /* of the readers */
    struct connection *idle;       /* readers nobody uses now */
    size_t readers;
    struct writer *writer;
    struct generations *generations;
};

extern const char *const migrations[];
extern const int migrations_n;

/** What an SQLite result means for a caller. */
enum err sqlite_err(int code);

/** Open a connection with its settings. -> OK; DENIED; NO_SPACE; CORRUPT; IO; NO_MEMORY */
enum err connection_open(const char *path, bool writing, struct connection **ret) MUST_CHECK;

/** Close it and its statements. NULL is fine. */
void connection_close(struct connection *c);

/** A statement, reset and ready to bind. -> OK; IO; NO_MEMORY */
enum err statement_get(struct connection *c, enum statement which, sqlite3_stmt **ret) MUST_CHECK;

/** Run a statement that takes no values and returns no rows. */
enum err statement_run(struct connection *c, enum statement which) MUST_CHECK;

/** Start the thread that writes. -> OK; NO_MEMORY; IO */
enum err writer_start(struct store *s, struct connection *c, struct writer **ret) MUST_CHECK;

/** Finish what is queued and stop; closes its connection. NULL is fine. */
void writer_stop(struct writer *w);

/** Queue a closure and wait for its commit: store_write. */
enum err writer_write(struct writer *w, store_fn *fn, void *arg) MUST_CHECK;

/** Environments' change counters. */
struct generations *generations_new(void);
void generations_free(struct generations *g);
uint64_t generations_get(struct generations *g, struct uuid environment);
void generations_raise(struct generations *g, const struct tx *tx);

#endif
