/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of the store, and what binds values to it and reads rows from it. */
#ifndef STORE_SQLITE_STATEMENT_H
#define STORE_SQLITE_STATEMENT_H

#include "base/uuid.h"

#include <sqlite3.h>

struct connection;
struct tx;

/* Prepared once a connection, at first use. */
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
    OBJECT_UPDATE,
    OBJECT_DELETE,
    OBJECT_LIST,
    OBJECT_LIST_BELOW,
    OBJECT_EXPIRED,
    OBJECT_DELETE_EXPIRED,
    UNIQUE_PUT,
    UNIQUE_TAKE,
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
    ERASE_OBJECT,
    ERASE_UNIQUE,
    ERASE_INDEX,
    ERASE_REFERENCE,
    ERASE_COUNTER,
    WALK_OBJECTS,
    WALK_COUNTERS,
    UNIQUE_OF,
    INDEX_OF,
    REFERENCE_OF,
    STRAYS,
    COUNT_OBJECTS,
    COUNT_BELOW,
    COUNT_REFERENCES,
    COUNT_ERASED,
    CHECK_PAGES,
    STATEMENTS,
};

/** Run a statement that takes no values and returns no rows. -> OK; what SQLite says */
enum err statement_run(struct connection *c, enum statement which) MUST_CHECK;

/* A statement whose values are bound from the first on; the first failure sticks. What is bound must live
 * until the statement has run. */
struct binder {
    sqlite3_stmt *s;
    sqlite3 *db;
    int at, code;
};

/** Start to bind. -> OK; NO_MEMORY; IO */
enum err bind_begin(struct tx *tx, enum statement which, struct binder *ret) MUST_CHECK;

/** Bind the next value; a text that is STR_NONE is NULL, octets never are. */
void bind_id(struct binder *b, const struct uuid *id);
void bind_text(struct binder *b, struct str s);
void bind_octets(struct binder *b, struct str s);
void bind_octets_or_null(struct binder *b, struct str s);
void bind_int(struct binder *b, int64_t n);
void bind_limit(struct binder *b, size_t limit);

/** Run to the end. `ret_changes`, when not NULL: rows changed. -> OK; CONFLICT: a constraint; what SQLite
 * says */
enum err bind_run(struct binder *b, int *ret_changes) MUST_CHECK;

/** The next row. -> OK; NOT_FOUND: there is none, and the statement is reset; what SQLite says, reset as well
 */
enum err row_next(struct binder *b) MUST_CHECK;

/** Done with the rows. */
void row_end(struct binder *b);

/** Columns of the row. Text and octets are copied into `a`; NULL gives STR_NONE. -> OK; NO_MEMORY */
struct uuid row_id(const struct binder *b, int column);
int64_t row_int(const struct binder *b, int column);
enum err row_str(const struct binder *b, int column, struct arena *a, struct str *ret) MUST_CHECK;

/* An array that grows with the rows read into it. */
struct rows {
    void *items;
    size_t n, size;
};

/** Room for one item more, zeroed. -> NULL when memory is short */
void *rows_add(struct arena *a, struct rows *r, size_t item_size) MUST_CHECK;

#endif
