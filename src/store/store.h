/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's contract: objects with their unique values, index values and references, in environments that
 * never meet. Every kind of store passes the same suite (tests/store).
 *
 * Reading happens in a snapshot (store_read_begin). Writing happens in a closure: store_write(store, fn, arg)
 * runs fn(tx, arg), maybe more than once, and answers after COMMIT. A closure reads only through its tx, does
 * no input or output, no hashing and no key making. An error it returns rolls back its own work alone; a
 * refusal that must persist returns OK with the outcome in `arg`.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/str.h"
#include "base/uuid.h"

struct store;
struct tx;

/* One thing that is kept. Identity is (environment, type, id). */
struct object {
    struct uuid environment; /* nil for the organization's own objects */
    struct str type;         /* "population": at most 64 octets */
    struct uuid id;
    struct uuid parent;    /* nil: none */
    int64_t version;       /* 1 at first, plus 1 a change; kept by the store */
    int64_t expires_at_ms; /* 0: never; a read ignores the expired */
    struct str document;   /* JSON as clients see it, without _links */
    struct str secret;     /* sealed or internal members as JSON; never echoed; STR_NONE: none */
};

struct object_list {
    struct object *items;
    size_t n;
};

/** Run in a write transaction. May run again after a conflict or after another closure's failure, so `arg`'s
 * outcome must be set anew each time. */
typedef enum err store_fn(struct tx *tx, void *arg);

/** Run fn and commit; nothing is acknowledged before that is durable.
 * ->  OK; what fn returned; UNAVAILABLE: the queue is full or it kept conflicting; NO_SPACE; IO; NO_MEMORY */
enum err store_write(struct store *s, store_fn *fn, void *arg) MUST_CHECK;

/** A snapshot for reading, fixed at its first read; it ends with the arena, or earlier by tx_end. -> OK;
 * UNAVAILABLE; IO; NO_MEMORY */
enum err store_read_begin(struct store *s, struct arena *a, struct tx **ret) MUST_CHECK;

/** End a snapshot now: before anything slow. Ending twice is fine. */
void tx_end(struct tx *tx);

/** The arena of a transaction: a closure's is rewound before it runs again. */
struct arena *tx_arena(struct tx *tx);

/** How often an environment's configuration has changed since the process started: a cache publishes what it
 * loaded only if this has not moved since before the load. The nil environment counts the organization's
 * objects. */
uint64_t store_generation(struct store *s, struct uuid environment);

/** Raise the environment's generation when this transaction commits, before its writer is answered. */
enum err tx_touch(struct tx *tx, struct uuid environment) MUST_CHECK;

/* Objects. Results live in arena `a`. */

/** -> OK; NOT_FOUND: none, or expired; IO; CORRUPT; NO_MEMORY */
enum err tx_get(struct tx *tx, struct arena *a, struct uuid environment, struct str type, struct uuid id,
                struct object *ret) MUST_CHECK;

/** Its version becomes 1. It may take the id of an expired object, whose rows then are its own.
 * ->  OK; CONFLICT: the id is taken; NO_SPACE; IO */
enum err tx_insert(struct tx *tx, const struct object *o) MUST_CHECK;

/** Replace parent, document, secret and expiry if the stored version is o->version, and add 1 to it.
 * ->  OK; CONFLICT: changed meanwhile or gone; NO_SPACE; IO */
enum err tx_update(struct tx *tx, const struct object *o) MUST_CHECK;

/** -> OK; NOT_FOUND; IO. The caller removes its unique, index and reference rows. */
enum err tx_delete(struct tx *tx, struct uuid environment, struct str type, struct uuid id) MUST_CHECK;

/* Which objects of a type, in the order of their ids. */
struct object_range {
    struct uuid environment;
    struct str type;
    bool has_parent;
    struct uuid parent;
    struct uuid after; /* ids greater than this; nil: from the start */
    size_t limit;
};

/** -> OK; IO; NO_MEMORY */
enum err tx_list(struct tx *tx, struct arena *a, const struct object_range *range,
                 struct object_list *ret) MUST_CHECK;

/* Unique values: one (scope, type, attribute, value) names one id. `scope` is an environment, a parent's id,
 * or nil for the whole installation. Values are normalised by the caller; any length. What an expired object
 * holds is free: the holder's environment, type and id are the object's. */
struct unique {
    struct uuid scope;
    struct str type, attribute, value;
};

/** -> OK; CONFLICT: another id holds it (ret_holder, when not NULL, says which); IO. Its own holder again is
 * OK. */
enum err tx_unique_put(struct tx *tx, const struct unique *u, struct uuid environment, struct uuid id,
                       struct uuid *ret_holder) MUST_CHECK;

/** ->  OK; NOT_FOUND; IO. The environment of the holder comes along: client id -> environment. */
enum err tx_unique_get(struct tx *tx, const struct unique *u, struct uuid *ret_environment,
                       struct uuid *ret_id) MUST_CHECK;

/** Removing what is not there is OK. -> OK; IO */
enum err tx_unique_delete(struct tx *tx, const struct unique *u) MUST_CHECK;

/* Index values: (environment, type, attribute, value, id), any number an object; order-preserving octets.
 * Values longer than the store's prefix are cut and a hash is appended: a match is rechecked on the document.
 */
struct index_value {
    struct uuid environment;
    struct str type, attribute, value;
    struct uuid id;
};

/** Putting one again is OK. -> OK; NO_SPACE; IO */
enum err tx_index_put(struct tx *tx, const struct index_value *v) MUST_CHECK;

/** Removing one that is not there is OK. -> OK; IO */
enum err tx_index_delete(struct tx *tx, const struct index_value *v) MUST_CHECK;

enum index_match { INDEX_EQUAL, INDEX_PREFIX, INDEX_ALL };

/* A range of one attribute's values, in the order (value, id) or its reverse. */
struct index_range {
    struct uuid environment;
    struct str type, attribute, value;
    enum index_match match;
    bool descending;
    bool has_after; /* start behind (after_value, after_id) */
    struct str after_value;
    struct uuid after_id;
    size_t limit;
};

/** The objects the range names, without the expired. -> OK; IO; NO_MEMORY */
enum err tx_index_list(struct tx *tx, struct arena *a, const struct index_range *range,
                       struct object_list *ret) MUST_CHECK;

/* References: the source needs the target. All of a source's references go by tx_reference_delete_all. */
struct reference {
    struct uuid environment;
    struct str source_type;
    struct uuid source;
    struct str attribute; /* "passwordPolicy.id" */
    struct str target_type;
    struct uuid target;
};

/** Putting one again is OK. -> OK; NO_SPACE; IO */
enum err tx_reference_put(struct tx *tx, const struct reference *r) MUST_CHECK;

/** Removing from a source that has none is OK. -> OK; IO */
enum err tx_reference_delete_all(struct tx *tx, struct uuid environment, struct str source_type,
                                 struct uuid source) MUST_CHECK;

/** References that point at a target, at most `limit`; from one source type only unless STR_NONE. -> OK; IO;
 * NO_MEMORY */
enum err tx_reference_list(struct tx *tx, struct arena *a, struct uuid environment, struct str target_type,
                           struct uuid target, struct str source_type, size_t limit, struct reference **ret,
                           size_t *ret_n) MUST_CHECK;

/* Counters, kept in the transaction of what they count: (environment, name, id). Absent is 0. */

/** Add to one, and say what it is then. -> OK; NO_SPACE; IO */
enum err tx_counter_add(struct tx *tx, struct uuid environment, struct str name, struct uuid id,
                        int64_t delta, int64_t *ret) MUST_CHECK;

/** -> OK; IO */
enum err tx_counter_get(struct tx *tx, struct uuid environment, struct str name, struct uuid id,
                        int64_t *ret) MUST_CHECK;

/** -> OK; IO */
enum err tx_counter_delete(struct tx *tx, struct uuid environment, struct str name,
                           struct uuid id) MUST_CHECK;

/** Append an event (a JSON document) of now to the environment's stream. -> OK; NO_SPACE; IO */
enum err tx_event(struct tx *tx, struct uuid environment, struct str document) MUST_CHECK;

struct event {
    struct uuid environment;
    int64_t sequence;
    struct str document;
};

/** Events of all environments after a sequence number, in order. -> OK; IO; NO_MEMORY */
enum err tx_event_list(struct tx *tx, struct arena *a, int64_t after, size_t limit, struct event **ret,
                       size_t *ret_n) MUST_CHECK;

/** Remove up to `limit` objects that expired before now, with their rows. -> OK; IO */
enum err tx_sweep(struct tx *tx, int64_t now_ms, size_t limit, size_t *ret_removed) MUST_CHECK;

/** Mark a deleted environment's rows for removal; store_sweep does it in batches. -> OK; IO */
enum err tx_erase_environment(struct tx *tx, struct uuid environment) MUST_CHECK;

/** One batch of the sweeper's work: the expired, then events recorded before `events_before_ms`, then rows
 * and events of erased environments. `ret_more`: call again soon.
 * ->  OK; UNAVAILABLE; NO_SPACE; IO */
enum err store_sweep(struct store *s, int64_t events_before_ms, bool *ret_more) MUST_CHECK;

/* Walking over all that is kept, the expired too, for who verifies it. Nothing here is meant for a request.
 */

/** The next objects in the order (environment, type, id) behind `after`; NULL: from the start. -> OK; IO;
 * NO_MEMORY */
enum err tx_walk_objects(struct tx *tx, struct arena *a, const struct object *after, size_t limit,
                         struct object_list *ret) MUST_CHECK;

/* The rows beside one object, as they are kept: index values in the form of store_index_key. */
struct object_rows {
    struct unique *unique;
    size_t unique_n;
    struct index_value *index;
    size_t index_n;
    struct reference *references;
    size_t references_n;
};

/** The rows whose holder or source is this object's environment, type and id. -> OK; IO; NO_MEMORY */
enum err tx_rows_of(struct tx *tx, struct arena *a, const struct object *o,
                    struct object_rows *ret) MUST_CHECK;

/** The form in which an index keeps a value: itself, or its prefix and a hash. -> OK; NO_MEMORY */
enum err store_index_key(struct arena *a, struct str value, struct str *ret) MUST_CHECK;

enum stray_kind { STRAY_UNIQUE, STRAY_INDEX, STRAY_REFERENCE };

/* A row beside an object that is not there. */
struct stray {
    enum stray_kind kind;
    struct uuid environment;
    struct str type;
    struct uuid id;
    struct str attribute;
};

/** At most `limit` of them, without those of erased environments. Looks at every row. -> OK; IO; NO_MEMORY */
enum err tx_strays(struct tx *tx, struct arena *a, size_t limit, struct stray **ret,
                   size_t *ret_n) MUST_CHECK;

struct counter {
    struct uuid environment;
    struct str name;
    struct uuid id;
    int64_t value;
};

/** The next counters in the order (environment, name, id) behind `after`; NULL: from the start. -> OK; IO;
 * NO_MEMORY */
enum err tx_walk_counters(struct tx *tx, struct arena *a, const struct counter *after, size_t limit,
                          struct counter **ret, size_t *ret_n) MUST_CHECK;

/** How many objects of a type there are, below a parent unless it is nil. -> OK; IO */
enum err tx_count_objects(struct tx *tx, struct uuid environment, struct str type, struct uuid parent,
                          int64_t *ret) MUST_CHECK;

/** How many references of `like`'s source type and attribute point at its target. -> OK; IO */
enum err tx_count_references(struct tx *tx, const struct reference *like, int64_t *ret) MUST_CHECK;

/** Whether rows of a deleted environment are still to be removed. -> OK; IO */
enum err tx_is_erased(struct tx *tx, struct uuid environment, bool *ret) MUST_CHECK;

/** What the database finds wrong with its own pages and indexes, the first of it; STR_NONE: nothing. -> OK;
 * CORRUPT; IO; NO_MEMORY */
enum err tx_check_pages(struct tx *tx, struct arena *a, struct str *ret) MUST_CHECK;

/** Whether it answers: for /readyz. -> OK; UNAVAILABLE; IO */
enum err store_check(struct store *s) MUST_CHECK;

/** Wait for the writer and close. No other call may be under way. NULL is fine. */
void store_close(struct store *s);

/** The number of the last migration this program knows. */
int store_schema_version(void);

/* What went wrong when a store could not be opened, for the operator. */
struct store_fault {
    char message[512]; /* what, where and what to do; "" when nothing */
};

/**
 * Open the SQLite store in a folder, making "latchkey.db" when it is not there, and bring it to this schema.
 * ->  OK; CONFLICT: another process has it open; INVALID: written by a newer program; DENIED: not allowed to
 *     write; NO_SPACE; CORRUPT; IO; NO_MEMORY
 */
enum err store_open_sqlite(const char *folder, struct store_fault *fault, struct store **ret) MUST_CHECK;

/**
 * Open the store in a PostgreSQL database, "postgresql://...", and bring it to this schema. Several processes
 * may have it open.
 * ->  OK; INVALID: written by a newer program; UNAVAILABLE: it does not answer or let us in; IO; NO_MEMORY
 */
enum err store_open_postgres(const char *url, struct store_fault *fault, struct store **ret) MUST_CHECK;

/** Whether a store's name is the URL of a PostgreSQL database; else it is a folder's. */
bool store_is_url(const char *where);

/** Open the store that a URL or a folder names. -> as store_open_postgres or store_open_sqlite */
enum err store_open(const char *where, struct store_fault *fault, struct store **ret) MUST_CHECK;

/**
 * Open the SQLite store in a folder as it is, for reading alone: store_write and store_sweep may not be
 * called.
 * ->  OK; NOT_FOUND: there is none; INVALID: of another schema than this program's; others as
 *     store_open_sqlite
 */
enum err store_open_sqlite_to_read(const char *folder, struct store_fault *fault,
                                   struct store **ret) MUST_CHECK;

/** The same for a PostgreSQL database. */
enum err store_open_postgres_to_read(const char *url, struct store_fault *fault,
                                     struct store **ret) MUST_CHECK;

/** Open the store that a URL or a folder names as it is, for reading alone. -> as store_open_sqlite_to_read
 */
enum err store_open_to_read(const char *where, struct store_fault *fault, struct store **ret) MUST_CHECK;

/** As store_open_sqlite_to_read, also beside a server that runs on the folder: no lock is taken, so that what
 * is looked at must be in one snapshot. -> as store_open_sqlite_to_read, without CONFLICT */
enum err store_open_sqlite_beside(const char *folder, struct store_fault *fault,
                                  struct store **ret) MUST_CHECK;

/** As store_open_to_read, also beside servers. -> as store_open_sqlite_beside */
enum err store_open_beside(const char *where, struct store_fault *fault, struct store **ret) MUST_CHECK;

/**
 * Copy the SQLite store in a folder to a new file of the owner's alone, durably; a server may be writing to
 * it. The copy holds every write acknowledged before the call, and each write whole or not at all.
 * ->  OK; NOT_FOUND: there is no store; CONFLICT: the file is there; DENIED; NO_SPACE; CORRUPT; IO;
 * NO_MEMORY: `fault` says why, and no file is left
 */
enum err store_backup_sqlite(const char *folder, const char *file, struct store_fault *fault) MUST_CHECK;

#endif
