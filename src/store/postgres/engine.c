/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on PostgreSQL. */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/postgres/postgres.h"

#include <arpa/inet.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define JOINED_IN_ORDER  "JOIN"
#define INDEXED_BY(name) ""
#define NIL_ID           "'\\x00000000000000000000000000000000'::bytea"

static const char *const texts[STATEMENTS] = {
    [BEGIN_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    [BEGIN_WRITE] = "BEGIN ISOLATION LEVEL SERIALIZABLE",
    [CHECK_PAGES] = "SELECT 'ok'::text",
    [GENERATION_RAISE] =
        "INSERT INTO generation(environment, value, changed) VALUES(?1, 1, clock_timestamp())"
        " ON CONFLICT(environment) DO UPDATE SET value = generation.value + 1,"
        " changed = clock_timestamp()",
    [GENERATION_RAISE_ALL] = "UPDATE generation SET value = value + 1, changed = clock_timestamp()",
    [GENERATION_TELL] = "NOTIFY latchkey",
    [TURN_BESIDE] = "LOCK TABLE schema_version IN ROW SHARE MODE",
    [TURN_ALONE] = "LOCK TABLE schema_version IN EXCLUSIVE MODE",
#include "store/sql/texts.h"
};

/* Transactions of nodes that change the same counters conflict again and again: after one did, so many are
 * run one at a time. */
enum { ALONE_AFTER_CONFLICT = 16 };

enum { TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_TEXT = 25, TEXT_SIZE = 1024 };

static struct postgres_connection *own(const struct connection *c)
{
    return (struct postgres_connection *)(uintptr_t)c;
}

/* What libpq wants to know of the values. */
struct parameters {
    Oid types[VALUES_MAX];
    const char *values[VALUES_MAX];
    int lengths[VALUES_MAX], formats[VALUES_MAX];
    uint64_t numbers[VALUES_MAX];
};

static void fill(struct parameters *p, int i, const struct value *v)
{
    static const Oid types[] = {
        [VALUE_INT] = TYPE_INT8, [VALUE_TEXT] = TYPE_TEXT, [VALUE_OCTETS] = TYPE_BYTEA
    };

    p->types[i] = types[v->kind];
    p->formats[i] = 1;
    p->values[i] = v->s.p;
    p->lengths[i] = (int)v->s.len;
    if (v->kind != VALUE_INT)
        return;
    p->numbers[i] = htobe64((uint64_t)v->n);
    p->values[i] = (const char *)&p->numbers[i];
    p->lengths[i] = sizeof(p->numbers[i]);
}

/* Ours number values as ?1, PostgreSQL's as $1. */
static bool send_prepare(struct postgres_connection *c, const struct binder *b, const struct parameters *p)
{
    char text[TEXT_SIZE], name[16];
    size_t n = strlen(texts[b->which]);

    if (n >= sizeof(text))
        return false;
    memcpy(text, texts[b->which], n + 1);
    for (char *mark = text; (mark = strchr(mark, '?'));)
        *mark = '$';
    snprintf(name, sizeof(name), "s%d", (int)b->which);
    return PQsendPrepare(c->pg, name, text, b->n, p->types);
}

static bool send_statement(struct postgres_connection *c, const struct binder *b)
{
    struct parameters p;
    char name[16];

    for (int i = 0; i < b->n; i++)
        fill(&p, i, &b->values[i]);
    if (!c->prepared[b->which] && !send_prepare(c, b, &p))
        return false;
    c->prepared[b->which] = true;
    snprintf(name, sizeof(name), "s%d", (int)b->which);
    return PQsendQueryPrepared(c->pg, name, b->n, p.values, p.lengths, p.formats, 1) && PQpipelineSync(c->pg);
}

/* One that was closed tells whoever asks next to make another; one that hangs, not to wait as well. */
static enum err lose(struct postgres_connection *c, bool answered)
{
    c->lost = true;
    store_note(c->store, answered);
    return UNAVAILABLE;
}

static bool failed(const PGresult *r)
{
    return PQresultStatus(r) == PGRES_FATAL_ERROR;
}

/* All that belongs to one statement: of several results the first failure, else the last. -> false: the time
 * is up, or the connection is lost */
static bool collect(struct postgres_connection *c, PGresult **ret)
{
    PGresult *kept = NULL;
    bool end = false;

    while (!end) {
        PGresult *r = NULL;

        if (!postgres_result(c->pg, c->deadline_ns, &r) || PQstatus(c->pg) != CONNECTION_OK) {
            PQclear(r);
            PQclear(kept);
            return false;
        }
        end = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (!r || end || (kept && failed(kept)) || PQresultStatus(r) == PGRES_PIPELINE_ABORTED) {
            PQclear(r);
        } else {
            PQclear(kept);
            kept = r;
        }
    }
    *ret = kept;
    return true;
}

static const struct {
    char code[6];
    enum err e;
    bool conflict, lost;
} states[] = {
    { "40001", UNAVAILABLE, true, false },  /* serialization failure */
    { "40P01", UNAVAILABLE, true, false },  /* deadlock */
    { "53100", NO_SPACE, false, false },    /* disk full */
    { "53", UNAVAILABLE, false, false },    /* too many of something */
    { "57014", UNAVAILABLE, false, false }, /* statement timeout */
    { "57P", UNAVAILABLE, false, true },    /* shutting down */
    { "25P03", UNAVAILABLE, false, true },  /* the transaction was idle too long */
    { "25006", UNAVAILABLE, false, true },  /* this server only reads now */
    { "08", UNAVAILABLE, false, true },     /* connection */
    { "26000", UNAVAILABLE, false, true },  /* preparing it failed earlier: begin anew */
    { "25P02", IO, false, false },          /* an earlier statement of the transaction failed */
    { "XX001", CORRUPT, false, false },     { "XX002", CORRUPT, false, false },
};

/* Its message names no value: those stand in the detail, which is left out. */
static enum err explain(struct postgres_connection *c, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

    for (size_t i = 0; state && i < LENGTH(states); i++)
        if (strncmp(state, states[i].code, strlen(states[i].code)) == 0) {
            c->conflicted |= states[i].conflict;
            c->lost |= states[i].lost;
            return states[i].e;
        }
    log_event(LOG_WARNING, "store_statement_failed", { "state", str_from(state ? state : "") },
              { "reason", str_from(message ? message : "") });
    return IO;
}

/* What is not waited for fails what comes behind it, which is. */
static bool needs_no_answer(const struct postgres_connection *c, enum statement which)
{
    return which == BEGIN_WRITE || which == SAVEPOINT || which == SAVEPOINT_RELEASE ||
           which == GENERATION_TELL || which == TURN_BESIDE || which == TURN_ALONE ||
           (which == COMMIT_TX && !c->writing);
}

/* A connection that was closed while it was idle; answers may stand before its end. */
static bool has_hung_up(PGconn *pg)
{
    struct pollfd p = { .fd = PQsocket(pg), .events = POLLRDHUP };

    return PQstatus(pg) != CONNECTION_OK || poll(&p, 1, 0) != 0;
}

/* Another server has taken over: this one may come back and not know of it. */
static bool was_replaced(const struct postgres_connection *c)
{
    return c->server != atomic_load(&((struct postgres_store *)c->store)->place.server);
}

static enum err start_transaction(struct postgres_connection *c)
{
    c->deadline_ns = clock_monotonic_ns() + ((struct postgres_store *)c->store)->transaction_ns;
    c->open = true;
    if (c->conflicted)
        c->alone = ALONE_AFTER_CONFLICT;
    else if (c->alone)
        c->alone--;
    c->conflicted = false;
    return has_hung_up(c->pg) || was_replaced(c) ? lose(c, true) : OK;
}

static bool is_end(enum statement which)
{
    return which == COMMIT_TX || which == ROLLBACK_TX;
}

/* COMMIT of a failed transaction is answered as well, with ROLLBACK. */
static enum err end_transaction(struct postgres_connection *c, enum statement which, const PGresult *r)
{
    c->open = false;
    return which == COMMIT_TX && r && strcmp(PQcmdStatus((PGresult *)(uintptr_t)r), "COMMIT") != 0 ? IO : OK;
}

static enum err read_unread(struct postgres_connection *c)
{
    PGresult *r;

    for (; c->unread; c->unread--) {
        if (!collect(c, &r))
            return lose(c, PQstatus(c->pg) != CONNECTION_OK);
        if (failed(r))
            (void)!explain(c, r);
        PQclear(r);
    }
    return OK;
}

static enum err read_answer(struct binder *b)
{
    struct postgres_connection *c = own(b->connection);
    PGresult *r = NULL;
    enum err e = OK;

    TRY(read_unread(c));
    if (!collect(c, &r))
        return lose(c, PQstatus(c->pg) != CONNECTION_OK);
    store_note(c->store, true);
    if (failed(r))
        e = explain(c, r);
    else if (is_end(b->which))
        e = end_transaction(c, b->which, r);
    if (e != OK || PQresultStatus(r) != PGRES_TUPLES_OK) {
        b->changes = e == OK ? atoi(PQcmdTuples(r)) : 0;
        PQclear(r);
        return e;
    }
    b->changes = PQntuples(r);
    b->rows = r;
    return OK;
}

/* A lock of a table fixes no snapshot: what others committed while it was waited for is seen. */
static enum err take_turn(struct postgres_connection *c)
{
    return statement_run(&c->base, c->alone ? TURN_ALONE : TURN_BESIDE);
}

static enum err begin_late(struct postgres_connection *c)
{
    struct binder b = { .connection = &c->base, .which = BEGIN_READ };

    c->begin_due = false;
    if (!send_statement(c, &b))
        return lose(c, PQstatus(c->pg) != CONNECTION_OK);
    c->unread++;
    return OK;
}

/* A read that asks nothing sends nothing: answers that nobody reads would pile up before the next one, until
 * the server can write no more. */
static bool is_about_nothing(const struct postgres_connection *c, enum statement which)
{
    return which == BEGIN_READ || (c->begin_due && is_end(which));
}

static enum err start(struct binder *b)
{
    struct postgres_connection *c = own(b->connection);

    if (c->lost)
        return UNAVAILABLE;
    if (b->which == BEGIN_READ || b->which == BEGIN_WRITE)
        TRY(start_transaction(c));
    if (is_about_nothing(c, b->which)) {
        c->open = c->begin_due = b->which == BEGIN_READ;
        return OK;
    }
    if (c->begin_due)
        TRY(begin_late(c));
    if (!send_statement(c, b) || !postgres_flush(c->pg, c->deadline_ns))
        return lose(c, PQstatus(c->pg) != CONNECTION_OK);
    b->row = -1;
    if (!needs_no_answer(c, b->which))
        return read_answer(b);
    c->unread++;
    if (b->which == COMMIT_TX)
        c->open = false;
    return b->which == BEGIN_WRITE ? take_turn(c) : OK;
}

static void end(struct binder *b)
{
    PQclear(b->rows);
    b->rows = NULL;
}

static enum err next(struct binder *b)
{
    if (b->rows && ++b->row < PQntuples(b->rows))
        return OK;
    end(b);
    return NOT_FOUND;
}

static struct str octets(const struct binder *b, int column)
{
    struct str s = { PQgetvalue(b->rows, b->row, column), (size_t)PQgetlength(b->rows, b->row, column) };

    return PQgetisnull(b->rows, b->row, column) ? STR_NONE : s;
}

static int64_t number(const struct binder *b, int column)
{
    struct str s = octets(b, column);
    uint64_t eight;
    uint32_t four;

    if (s.len == sizeof(eight)) {
        memcpy(&eight, s.p, sizeof(eight));
        return (int64_t)be64toh(eight);
    }
    if (s.len != sizeof(four))
        return 0;
    memcpy(&four, s.p, sizeof(four));
    return (int32_t)ntohl(four);
}

static enum standing standing(const struct connection *c)
{
    const struct postgres_connection *p = own(c);

    if (p->lost)
        return LOST;
    if (p->conflicted)
        return CONFLICTED;
    return p->open ? STANDS : GONE;
}

static void close_connection(struct connection *c)
{
    if (!c)
        return;
    PQfinish(own(c)->pg);
    mem_free(own(c));
}

/* A statement that we no longer wait for ends soon. */
static enum err set_up(struct postgres_connection *c)
{
    int64_t transaction_ms = ((struct postgres_store *)c->store)->transaction_ns / 1000000;
    char sql[64];

    snprintf(sql, sizeof(sql), "SET statement_timeout = %lld", (long long)transaction_ms * 2);
    TRY(postgres_run(c->pg, sql, transaction_ms * 1000000));
    return PQenterPipelineMode(c->pg) ? OK : IO;
}

static enum err open_connection(struct store *s, bool writing, struct connection **ret)
{
    struct postgres_connection *c = mem_alloc(sizeof(*c));
    enum err e;

    if (!c)
        return NO_MEMORY;
    *c = (struct postgres_connection){ .base.engine = &postgres_engine, .store = s, .writing = writing };
    e = postgres_connect(&((struct postgres_store *)s)->place, &c->pg, &c->server);
    if (e == OK)
        e = set_up(c);
    if (e != OK) {
        store_note(s, e == TOO_LARGE);
        log_event(LOG_WARNING, "store_connect_failed", { "error", str_from(err_name(e)) });
        close_connection(&c->base);
        return e == IO ? UNAVAILABLE : e;
    }
    store_note(s, true);
    *ret = &c->base;
    return OK;
}

static enum err announce(struct tx *tx)
{
    struct binder b;

    for (size_t i = 0; i < tx->touched->n; i++) {
        b = bind_begin(tx, GENERATION_RAISE);
        bind_id(&b, &tx->touched->items[i]);
        TRY(bind_run(&b, NULL));
    }
    if (tx->touched->all)
        TRY(statement_run(tx->connection, GENERATION_RAISE_ALL));
    return statement_run(tx->connection, GENERATION_TELL);
}

static void stop(struct store *s)
{
    listener_stop(((struct postgres_store *)s)->listener);
}

static void close_store(struct store *s)
{
    struct postgres_store *p = (struct postgres_store *)s;

    mem_free(p->place.url);
    mem_free(p);
}

const struct engine postgres_engine = {
    .waits = true,
    .open = open_connection,
    .close = close_connection,
    .start = start,
    .next = next,
    .end = end,
    .octets = octets,
    .number = number,
    .standing = standing,
    .announce = announce,
    .stop = stop,
    .close_store = close_store,
};
