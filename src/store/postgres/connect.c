/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting and plain queries, each with an end to its waiting. */
#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/postgres.h"

#include <poll.h>
#include <stdlib.h>

static const int64_t CONNECT_NS = INT64_C(2000) * 1000 * 1000;

/* A transaction whose node has vanished gives back what it holds. Whatever the server's default, an
 * acknowledged write is on its disk. */
static const char settings[] =
    "SET idle_in_transaction_session_timeout = 10000;"
    "SET client_min_messages = warning;"
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = "
    "'off'";

bool postgres_wait(PGconn *pg, bool sending, int64_t deadline_ns)
{
    struct pollfd p = { .fd = PQsocket(pg), .events = (short)(sending ? POLLIN | POLLOUT : POLLIN) };
    int64_t left_ms = (deadline_ns - clock_monotonic_ns()) / 1000000;

    return left_ms > 0 && p.fd >= 0 && poll(&p, 1, (int)left_ms) != 0;
}

static bool poll_connect(PGconn *pg, int64_t deadline_ns)
{
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    struct pollfd p;
    int64_t left_ms;

    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
        p = (struct pollfd){ .fd = PQsocket(pg),
                             .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT };
        left_ms = (deadline_ns - clock_monotonic_ns()) / 1000000;
        if (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0)
            return false;
        status = PQconnectPoll(pg);
    }
    return status == PGRES_POLLING_OK;
}

/* What the URL says of these wins: it stands behind them. */
static PGconn *begin(const char *url)
{
    static const char *const names[] = { "application_name", "target_session_attrs",
                                         "keepalives_idle",  "client_encoding",
                                         "dbname",           NULL };
    const char *values[] = { "latchkey", "read-write", "10", "UTF8", url, NULL };

    return PQconnectStartParams(names, values, 1);
}

/* Warnings would go to standard error, in a form that no log has. */
static void drop_notice(void *arg UNUSED, const char *text UNUSED)
{
}

enum err postgres_connect(const char *url, PGconn **ret)
{
    PGconn *pg = begin(url);

    *ret = pg;
    if (!pg)
        return NO_MEMORY;
    if (PQstatus(pg) == CONNECTION_BAD || !poll_connect(pg, clock_monotonic_ns() + CONNECT_NS))
        return UNAVAILABLE;
    PQsetnonblocking(pg, 1);
    PQsetNoticeProcessor(pg, drop_notice, NULL);
    return postgres_run(pg, settings, CONNECT_NS);
}

/* The last result of what was sent; all are waited for. -> NULL: the time is up or the connection is lost */
static PGresult *await(PGconn *pg, int64_t deadline_ns)
{
    PGresult *last = NULL, *r;
    int left;

    while ((left = PQflush(pg)) > 0)
        if (!postgres_wait(pg, true, deadline_ns) || !PQconsumeInput(pg))
            return NULL;
    for (;;) {
        while (left == 0 && PQisBusy(pg))
            if (!postgres_wait(pg, false, deadline_ns) || !PQconsumeInput(pg)) {
                PQclear(last);
                return NULL;
            }
        r = left == 0 ? PQgetResult(pg) : NULL;
        if (!r)
            return last;
        PQclear(last);
        last = r;
        if (PQresultStatus(r) == PGRES_FATAL_ERROR)
            log_event(LOG_WARNING, "store_query_failed",
                      { "reason", str_from(PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY)
                                               ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY)
                                               : "") });
    }
}

/* -> OK: the caller clears the result */
static enum err query(PGconn *pg, const char *sql, int64_t timeout_ns, PGresult **ret)
{
    PGresult *r = PQsendQuery(pg, sql) ? await(pg, clock_monotonic_ns() + timeout_ns) : NULL;
    ExecStatusType status = PQresultStatus(r);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        *ret = r;
        return OK;
    }
    PQclear(r);
    return r ? IO : UNAVAILABLE;
}

enum err postgres_run(PGconn *pg, const char *sql, int64_t timeout_ns)
{
    PGresult *r;

    TRY(query(pg, sql, timeout_ns, &r));
    PQclear(r);
    return OK;
}

enum err postgres_number(PGconn *pg, const char *sql, int otherwise, int *ret)
{
    PGresult *r;

    TRY(query(pg, sql, CONNECT_NS, &r));
    *ret = PQntuples(r) ? atoi(PQgetvalue(r, 0, 0)) : otherwise;
    PQclear(r);
    return OK;
}
