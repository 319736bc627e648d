/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of a store, and what gives values to them and reads rows from them: the seam between the
 * code that both databases share and what each does by itself. */
#ifndef STORE_SQL_STATEMENT_H
#define STORE_SQL_STATEMENT_H

#include "base/list.h"
#include "base/uuid.h"

struct connection;
struct tx;

/* Prepared once a connection, at first use. Their texts are in texts.h. */
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
    EVENT_DELETE_OLD,
    ERASED_ADD,
    ERASED_GET,
    ERASED_DONE,
    ERASE_OBJECT,
    ERASE_UNIQUE,
    ERASE_INDEX,
    ERASE_REFERENCE,
    ERASE_COUNTER,
    ERASE_EVENT,
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
    GENERATION_RAISE,
    GENERATION_RAISE_ALL,
    GENERATION_TELL,
    TURN_BESIDE,
    TURN_ALONE,
    STATEMENTS,
};

/** Run a statement that takes no values and returns no rows. -> OK; what the database says */
enum err statement_run(struct connection *c, enum statement which) MUST_CHECK;

enum value_kind { VALUE_INT, VALUE_TEXT, VALUE_OCTETS };

/* A text or octets that are STR_NONE are NULL. */
struct value {
    enum value_kind kind;
    struct str s;
    int64_t n;
};

enum { VALUES_MAX = 9 };

/* A statement with its values, in the order of their numbers, and the rows it gives. What is bound must live
 * until the statement has run. */
struct binder {
    struct connection *connection;
    enum statement which;
    struct value values[VALUES_MAX];
    int n;
    bool started;
    void *rows; /* the engine's */
    int row, changes;
};

/** Start to bind. Nothing has to be released until row_next has given a row. */
struct binder bind_begin(struct tx *tx, enum statement which);

/** Bind an id as the next value. */
void bind_id(struct binder *b, const struct uuid *id);

/** Bind a text; STR_NONE is NULL. */
void bind_text(struct binder *b, struct str s);

/** Bind octets; STR_NONE is the empty ones. */
void bind_octets(struct binder *b, struct str s);

/** Bind octets; STR_NONE is NULL. */
void bind_octets_or_null(struct binder *b, struct str s);

/** Bind a number. */
void bind_int(struct binder *b, int64_t n);

/** Bind how many rows at most. */
void bind_limit(struct binder *b, size_t limit);

/** Run to the end. `ret_changes`, when not NULL: rows changed. -> OK; what the database says */
enum err bind_run(struct binder *b, int *ret_changes) MUST_CHECK;

/** The next row. -> OK; NOT_FOUND: there is none, and all is released; what the database says, released as
 * well */
enum err row_next(struct binder *b) MUST_CHECK;

/** Done with the rows. */
void row_end(struct binder *b);

/** An id of the row; nil for what is none. */
struct uuid row_id(const struct binder *b, int column);

/** A number of the row. */
int64_t row_int(const struct binder *b, int column);

/** Text or octets of the row, copied into `a`; NULL gives STR_NONE. -> OK; NO_MEMORY */
enum err row_str(const struct binder *b, int column, struct arena *a, struct str *ret) MUST_CHECK;

/* How rows become items of a list: each is `size` octets, like `like` (NULL: zeroed) but for what `read`
 * takes from the row. */
struct row_kind {
    size_t size;
    enum err (*read)(const struct binder *b, struct arena *a, void *item);
    const void *like;
};

/** Read rows to their end. -> OK; what the database says; NO_MEMORY */
enum err rows_read(struct binder *b, struct arena *a, const struct row_kind *kind,
                   struct list *ret) MUST_CHECK;

#endif
