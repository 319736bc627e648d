/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stores on an SQL database share: reading and writing as store.h promises, over the few things that a
 * database does in its own way (struct engine).
 */
#ifndef STORE_SQL_SQL_H
#define STORE_SQL_SQL_H

#include "base/embedded.h"
#include "store/sql/statement.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct engine;

/* The first member of an engine's own. */
struct connection {
    const struct engine *engine;
    struct connection *next; /* in the pool of those that read */
    bool preferred;          /* it has more memory than others, and may keep its snapshot */
    bool keeps;              /* a snapshot which lacks nothing that was committed, while it is idle */
    uint64_t begun_at;       /* the store's commits when its snapshot was begun */
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

/* What has become of a connection's transaction. */
enum standing {
    STANDS,
    GONE,       /* rolled back by the database: the disk is full */
    CONFLICTED, /* with another node's: it must run again */
    LOST,       /* the connection */
};

/* What a database does in its own way. */
struct engine {
    bool waits; /* for another process, at each read */
    /* A connection for reading or writing. -> OK; TOO_LARGE: the database gives no more of them; UNAVAILABLE;
     * NO_SPACE; CORRUPT; IO; NO_MEMORY */
    enum err (*open)(struct store *s, bool writing, struct connection **ret);
    /* NULL is fine. */
    void (*close)(struct connection *c);

    /* Start the statement with its values. -> OK; what the database says, and nothing is held */
    enum err (*start)(struct binder *b);
    /* As row_next says. */
    enum err (*next)(struct binder *b);
    void (*end)(struct binder *b);
    /* To the end. -> OK; what the database says; nothing is held in either case */
    enum err (*run)(struct binder *b, int *ret_changes);
    /* Of the row, until the next one; STR_NONE: NULL. No text with a length: memory was short. */
    struct str (*octets)(const struct binder *b, int column);
    int64_t (*number)(const struct binder *b, int column);

    enum standing (*standing)(const struct connection *c);
    /* In the transaction, before COMMIT: what other nodes must hear of. NULL: there are none. */
    enum err (*announce)(struct tx *tx);
    /* A group is answered: time for chores. `refused`: it was rolled back. NULL: there are none. */
    void (*rest)(struct connection *c, bool refused);
    /* End what runs beside, when the store closes. NULL: there is nothing. */
    void (*stop)(struct store *s);
    /* The rest of the store: called last. */
    void (*close_store)(struct store *s);
};

struct writer;
struct generations;

/* The first member of an engine's own. */
struct store {
    const struct engine *engine;
    size_t queue_max;
    size_t readers_max;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t given; /* a reader came back */
    struct connection *idle;
    bool committing;          /* no snapshot is kept meanwhile */
    _Atomic uint64_t commits; /* raised under the lock */
    size_t readers;           /* idle or in use */
    int64_t enough_until_ns;  /* the database gave no more than those there are */
    struct writer *writer;
    struct generations *generations;
    _Atomic int64_t
        down_until_ns; /* the database did not answer: nobody else waits for it until then; 0: it does */
};

/** Set up what stores share; `store_close` is due also when this fails. -> OK; NO_MEMORY */
enum err store_set_up(struct store *s, const struct engine *engine) MUST_CHECK;

/** Whether the database answered when it was last asked, or that is a while ago. -> OK; UNAVAILABLE */
enum err store_is_up(struct store *s) MUST_CHECK;

/** Whether to ask it: when it did not answer, one caller at a time may try again. Who may says by store_note
 * how it went. -> OK; UNAVAILABLE */
enum err store_may_ask(struct store *s) MUST_CHECK;

/** Note that the database answered or did not. */
void store_note(struct store *s, bool answered);

/** Tell the operator what went wrong. -> e, always */
enum err store_explain(struct store_fault *fault, enum err e, const char *format, ...) PRINTF(3, 4);

/** Called by the writer before COMMIT and before its chores: from now until they are done every reader begins
 * a snapshot of its own and ends it, and none that was kept from before is used again. */
void readers_renew_begin(struct store *s);

/** Called when they are done: readers keep snapshots again. */
void readers_renew_end(struct store *s);

/** Close the connections that read; none may be in use. */
void readers_close(struct store *s);

/** Start the thread that writes. -> OK; NO_MEMORY; IO; why there is no connection */
enum err writer_start(struct store *s) MUST_CHECK;

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
