/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite store share. */
#ifndef STORE_SQLITE_SQLITE_H
#define STORE_SQLITE_SQLITE_H

#include "store/sql/sql.h"

#include <sqlite3.h>

struct sqlite_connection {
    struct connection base;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS]; /* NULL until first used */
    int log_pages;                        /* in the write-ahead log after the last commit */
    int checkpoint_at;                    /* pages of log */
    int checkpoint_code;                  /* how the last one went */
};

struct sqlite_store {
    struct store base;
    char *path;
    int lock_fd; /* -1: not locked */
};

extern const struct engine sqlite_engine;

/** What an SQLite result means for a caller. */
enum err sqlite_err(int code);

/** What errno means for a caller: NO_SPACE, IO or DENIED. */
enum err store_errno(void);

/** Open a connection with its settings. -> OK; UNAVAILABLE: too many files are open; NO_SPACE; CORRUPT; IO;
 * NO_MEMORY */
enum err connection_open(const char *path, bool writing, struct sqlite_connection **ret) MUST_CHECK;

/** Give one that reads a larger cache than others have, so that it is used before them. -> OK; IO; NO_MEMORY
 */
enum err connection_prefer(struct sqlite_connection *c) MUST_CHECK;

/** Close it and its statements. NULL is fine. */
void connection_close(struct sqlite_connection *c);

/** Bring the write-ahead log into the database, when it is long enough. After the answers, so that nobody
 * waits for it. */
void checkpoint_if_due(struct sqlite_connection *c);

/* The migrations of this program, in their order. */
extern const struct embedded sqlite_migrations[];

/** Bring a database to the last of the migrations, each in a transaction of its own.
 * ->  OK; INVALID: it is newer (`ret_version` says its); what SQLite says */
enum err schema_migrate(struct sqlite_connection *c, const struct embedded *migrations,
                        int *ret_version) MUST_CHECK;

/** The number of the last migration that a database has seen. -> OK; what SQLite says */
enum err schema_version(struct sqlite_connection *c, int *ret) MUST_CHECK;

#endif
