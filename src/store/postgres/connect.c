/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting and plain queries, each with an end to its waiting. */
#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/postgres.h"

#include <poll.h>
#include <stdlib.h>

static const int64_t CONNECT_NS = INT64_C(2000) * 1000 * 1000;

/* A transaction whose node has vanished or given it up gives back what it holds. Whatever the server's
 * default, an acknowledged write is on its disk. */
static const char settings[] =
    "SET idle_in_transaction_session_timeout = 10000; SET client_connection_check_interval = 500;"
    "SET client_min_messages = warning;"
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = "
    "'off'";

/* The state of a connection that is refused stands in its message alone. */
static const char TOO_MANY_CONNECTIONS[] = " 53300: ";

/* Until the socket is ready, and take in what has come. -> false: the time is up, or the connection is lost
 */
static bool wait_for(PGconn *pg, short events, int64_t deadline_ns)
{
    struct pollfd p = { .fd = PQsocket(pg), .events = events };
    int64_t left_ms = (deadline_ns - clock_monotonic_ns()) / 1000000;

    return left_ms > 0 && p.fd >= 0 && poll(&p, 1, (int)left_ms) != 0 && PQconsumeInput(pg);
}

bool postgres_flush(PGconn *pg, int64_t deadline_ns)
{
    int left;

    while ((left = PQflush(pg)) > 0)
        if (!wait_for(pg, POLLIN | POLLOUT, deadline_ns))
            return false;
    return left == 0;
}

bool postgres_result(PGconn *pg, int64_t deadline_ns, PGresult **ret)
{
    while (PQisBusy(pg))
        if (!wait_for(pg, POLLIN, deadline_ns))
            return false;
    *ret = PQgetResult(pg);
    return true;
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

/* What an empty part of a list of ports stands for; an empty value of our own would leave the list as it is.
 */
static const char DEFAULT_PORT[] = "5432";

/* One of the servers that a URL may name. */
struct target {
    char host[256], address[64], port[8];
};

/* The i-th part of a list with commas; a single one stands for all. */
static void copy_part(const char *list, unsigned i, char *ret, size_t size)
{
    const char *comma;
    size_t n;

    ret[0] = '\0';
    if (!list)
        return;
    for (; i && (comma = strchr(list, ',')); i--)
        list = comma + 1;
    n = strcspn(list, ",");
    if (n >= size)
        return;
    memcpy(ret, list, n);
    ret[n] = '\0';
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    while (options && options->keyword && strcmp(options->keyword, keyword) != 0)
        options++;
    return options ? options->val : NULL;
}

static unsigned count_parts(const char *list)
{
    unsigned n = 1;

    for (; list && (list = strchr(list, ',')); list++)
        n++;
    return n;
}

/* -> how many servers there are */
static unsigned choose_target(const char *url, unsigned which, struct target *ret)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    const char *host = value_of(options, "host"), *address = value_of(options, "hostaddr");
    unsigned n = count_parts(address ? address : host);

    copy_part(host, which % n, ret->host, sizeof(ret->host));
    copy_part(address, which % n, ret->address, sizeof(ret->address));
    copy_part(value_of(options, "port"), which % n, ret->port, sizeof(ret->port));
    if (!ret->port[0] && value_of(options, "port"))
        memcpy(ret->port, DEFAULT_PORT, sizeof(DEFAULT_PORT));
    PQconninfoFree(options);
    return n;
}

/* What the URL says of the first ones wins: it stands behind them. */
static PGconn *begin(const char *url, const struct target *t)
{
    static const char *const names[] = { "application_name",
                                         "target_session_attrs",
                                         "keepalives_idle",
                                         "client_encoding",
                                         "dbname",
                                         "host",
                                         "hostaddr",
                                         "port",
                                         NULL };
    const char *values[] = {
        "latchkey", "read-write", "10", "UTF8", url, t->host, t->address, t->port, NULL
    };

    return PQconnectStartParams(names, values, 1);
}

/* Warnings would go to standard error, in a form that no log has. */
static void drop_notice(void *arg UNUSED, const char *text UNUSED)
{
}

static enum err connect_to(const char *url, const struct target *t, int64_t timeout_ns, PGconn **ret)
{
    PGconn *pg = begin(url, t);

    *ret = pg;
    if (!pg)
        return NO_MEMORY;
    PQsetErrorVerbosity(pg, PQERRORS_VERBOSE);
    if (PQstatus(pg) == CONNECTION_BAD || !poll_connect(pg, clock_monotonic_ns() + timeout_ns))
        return strstr(PQerrorMessage(pg), TOO_MANY_CONNECTIONS) ? TOO_LARGE : UNAVAILABLE;
    PQsetnonblocking(pg, 1);
    PQsetNoticeProcessor(pg, drop_notice, NULL);
    return postgres_run(pg, settings, timeout_ns);
}

/* libpq itself goes on to the next server only when one says no, not when it is silent. */
static enum err connect_from(const char *url, unsigned first, PGconn **ret, unsigned *ret_server)
{
    enum err e = UNAVAILABLE;
    struct target t;
    unsigned n = 1;

    *ret = NULL;
    for (unsigned i = 0; i < n && e == UNAVAILABLE; i++) {
        n = choose_target(url, first + i, &t);
        PQfinish(*ret);
        e = connect_to(url, &t, CONNECT_NS / n, ret);
        *ret_server = (first + i) % n;
    }
    return e;
}

/* One that answers after another has taken over may not know that it was replaced. */
enum err postgres_connect(struct postgres_place *place, PGconn **ret, unsigned *ret_server)
{
    unsigned first = atomic_load(&place->server);
    enum err e = connect_from(place->url, first, ret, ret_server);

    while (e == OK && !atomic_compare_exchange_strong(&place->server, &first, *ret_server)) {
        PQfinish(*ret);
        e = connect_from(place->url, first, ret, ret_server);
    }
    return e;
}

static void log_failure(const PGresult *r)
{
    const char *reason = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

    log_event(LOG_WARNING, "store_query_failed", { "reason", str_from(reason ? reason : "") });
}

/* The last result of what was sent; all are waited for. -> NULL: the time is up or the connection is lost */
static PGresult *await(PGconn *pg, int64_t deadline_ns)
{
    PGresult *last = NULL, *r = NULL;

    if (!postgres_flush(pg, deadline_ns))
        return NULL;
    for (;;) {
        if (!postgres_result(pg, deadline_ns, &r)) {
            PQclear(last);
            return NULL;
        }
        if (!r)
            return last;
        PQclear(last);
        last = r;
        if (PQresultStatus(r) == PGRES_FATAL_ERROR)
            log_failure(r);
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
