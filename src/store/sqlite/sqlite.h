/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite store share: the store, its connections and a transaction on one of them. */
#ifndef STORE_SQLITE_SQLITE_H
#define STORE_SQLITE_SQLITE_H

#include "base/embedded.h"
#include "store/sqlite/statement.h"
#include "store/store.h"

#include <pthread.h>

struct connection {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS]; /* NULL until first used */
    int log_pages;                        /* in the write-ahead log after the last commit */
    struct connection *next;
};

enum { TOUCHED_MAX = 64 };

/* Environments whose generation rises at COMMIT. */
struct touched {
    struct uuid items[TOUCHED_MAX];
    size_t n;
    bool all; /* more than fit: every one rises */
};

struct tx {
    struct store *store;
    struct connection *connection;
    struct arena *arena;
    int64_t now_ms;
    bool open;
    struct touched *touched; /* NULL: a snapshot for reading */
};

struct writer;
struct generations;

struct store {
    char *path;
    int lock_fd; /* -1: not locked */
    size_t queue_max;
    size_t readers_max;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t given; /* a reader came back */
    struct connection *idle;
    size_t readers; /* idle or in use */
    struct writer *writer;
    struct generations *generations;
};

/** What an SQLite result means for a caller. */
enum err sqlite_err(int code);

/** What errno means for a caller: NO_SPACE, IO or DENIED. */
enum err store_errno(void);

/** Tell the operator what went wrong. -> e, always */
enum err store_explain(struct store_fault *fault, enum err e, const char *format, ...) PRINTF(3, 4);

/** Open a connection with its settings. -> OK; UNAVAILABLE: too many files are open; NO_SPACE; CORRUPT; IO;
 * NO_MEMORY */
enum err connection_open(const char *path, bool writing, struct connection **ret) MUST_CHECK;

/** Close it and its statements. NULL is fine. */
void connection_close(struct connection *c);

/* The migrations of this program, in their order. */
extern const struct embedded sqlite_migrations[];

/** Bring a database to the last of the migrations, each in a transaction of its own.
 * ->  OK; INVALID: it is newer (`ret_version` says its); what SQLite says */
enum err schema_migrate(struct connection *c, const struct embedded *migrations, int *ret_version) MUST_CHECK;

/** The number of the last migration that a database has seen. -> OK; what SQLite says */
enum err schema_version(struct connection *c, int *ret) MUST_CHECK;

/** Close the connections that read; none may be in use. */
void readers_close(struct store *s);

/** Start the thread that writes; it owns the connection. -> OK; NO_MEMORY; IO */
enum err writer_start(struct store *s, struct connection *c, struct writer **ret) MUST_CHECK;

/** Finish what is queued and stop. NULL is fine. */
void writer_stop(struct writer *w);

/** Read rows of OBJECT_COLUMNS to their end; `like` has the environment and the type of all. -> OK; IO;
 * NO_MEMORY */
enum err objects_read(struct binder *b, struct arena *a, const struct object *like,
                      struct object_list *ret) MUST_CHECK;

/** Environments' change counters. -> NULL when memory is short */
struct generations *generations_new(void);

/** Free them. NULL is fine. */
void generations_free(struct generations *g);

/** Raise the counters of what was touched. */
void generations_raise(struct generations *g, const struct touched *touched);

#endif
