/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the PostgreSQL store share. A connection is in pipeline mode: what needs no answer
 * (BEGIN, SAVEPOINT, the end of a read) is sent and not waited for. Every wait has an end: a server that does
 * not answer in time costs its connection.
 */
#ifndef STORE_POSTGRES_POSTGRES_H
#define STORE_POSTGRES_POSTGRES_H

#include "store/sql/sql.h"

#include <libpq-fe.h>

struct listener;

/* Where the database is. */
struct postgres_place {
    char *url;
    _Atomic unsigned server; /* the one that let us in last, of those that the URL names */
};

struct postgres_store {
    struct store base;
    struct postgres_place place;
    int64_t transaction_ns; /* the server may take so long for one; then its connection is given up */
    struct listener *listener;
};

struct postgres_connection {
    struct connection base;
    struct store *store;
    PGconn *pg;
    unsigned server; /* of those that the URL names */
    bool prepared[STATEMENTS];
    bool writing, open, conflicted, lost; /* open: a transaction */
    bool begin_due;                       /* to be sent with the first statement of a read */
    int unread;                           /* answers that nobody waits for */
    int alone;                            /* so many transactions yet without another node's beside them */
    int64_t deadline_ns;                  /* of the transaction */
};

extern const struct engine postgres_engine;

/** Connect within seconds to the first server that may be written to, beginning with the last one that could.
 * -> OK; TOO_LARGE: it gives no more connections; UNAVAILABLE: nobody answers or lets us in; IO; NO_MEMORY.
 * `ret` is set also when it fails, for its message: PQfinish it. */
enum err postgres_connect(struct postgres_place *place, PGconn **ret, unsigned *ret_server) MUST_CHECK;

/** Send what waits to be sent. -> false: the time is up, or the connection is lost */
bool postgres_flush(PGconn *pg, int64_t deadline_ns) MUST_CHECK;

/** Wait for the next result, as PQgetResult gives it; the caller clears it. -> false: the time is up, or the
 * connection is lost */
bool postgres_result(PGconn *pg, int64_t deadline_ns, PGresult **ret) MUST_CHECK;

/** Run statements that return no rows, outside of pipeline mode. -> OK; UNAVAILABLE; IO */
enum err postgres_run(PGconn *pg, const char *sql, int64_t timeout_ns) MUST_CHECK;

/** One number that a query gives, or `otherwise` for no row. -> as postgres_run */
enum err postgres_number(PGconn *pg, const char *sql, int otherwise, int *ret) MUST_CHECK;

/* The migrations of this program, in their order. */
extern const struct embedded postgres_migrations[];

/** Bring a database to the last migration, while others that start wait.
 * -> OK; INVALID: it is newer (`ret_version` says its); UNAVAILABLE; IO */
enum err postgres_migrate(PGconn *pg, const struct embedded *migrations, int *ret_version) MUST_CHECK;

/** Hear of other nodes' changes: a thread that raises the generations. -> OK; NO_MEMORY; IO */
enum err listener_start(struct postgres_store *s, struct listener **ret) MUST_CHECK;

/** Stop it. NULL is fine. */
void listener_stop(struct listener *l);

#endif
