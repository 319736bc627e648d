/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a PostgreSQL database as a store. What fails is told to the operator, without the URL: it may hold
 * a password. */
#include "base/mem.h"
#include "store/postgres/postgres.h"

#include <ctype.h>
#include <stdio.h>

enum { READERS_MAX = 32 }; /* of the hundred connections that a server gives unless told otherwise */

static const int64_t TRANSACTION_NS = INT64_C(2000) * 1000 * 1000;
static const int64_t READING_NS = INT64_C(3600) * 1000 * 1000 * 1000;

static void place_of(const PGconn *pg, char place[160])
{
    const char *host = PQhost(pg), *database = PQdb(pg);

    snprintf(place, 160, "%s at %s", database && *database ? database : "(no name)",
             host && *host ? host : "the local socket");
}

/* Each run of white space becomes one blank. */
static void join_lines(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++)
        if (!isspace((unsigned char)*from) || (to > text && to[-1] != ' '))
            *to++ = isspace((unsigned char)*from) ? ' ' : *from;
    *to = '\0';
}

/* libpq's text names the host, what went wrong, and last the line of the server's source that says so; its
 * lines become one. */
static enum err explain_connect(struct store_fault *fault, enum err e, const PGconn *pg)
{
    const char *message = pg ? PQerrorMessage(pg) : "out of memory", *source = strstr(message, "LOCATION: ");
    struct str said = { message, source ? (size_t)(source - message) : strlen(message) };
    char place[160];

    e = e == TOO_LARGE ? UNAVAILABLE : e;
    place_of(pg, place);
    said = str_trim(said);
    if (said.len == 0)
        return store_explain(fault, e, "The database %s does not answer. Start it, or name another one.",
                             place);
    store_explain(fault, e, "The database %s cannot be opened: %.*s", place, STR_FMT(said));
    join_lines(fault->message);
    return e;
}

static enum err explain_schema(struct store_fault *fault, enum err e, const PGconn *pg, int version)
{
    char place[160];

    place_of(pg, place);
    if (e == INVALID && version < store_schema_version())
        return store_explain(
            fault, e,
            "The database %s has schema %d, this program works on %d. Start the server on it "
            "once, or use the program that wrote it.",
            place, version, store_schema_version());
    if (e == INVALID)
        return store_explain(fault, e,
                             "The database %s was written by a newer program: its schema is %d, this program "
                             "knows up to %d. Run the newer program, or name another database.",
                             place, version, store_schema_version());
    return store_explain(fault, e, "The tables of the database %s cannot be made: %.*s", place,
                         STR_FMT(str_trim(str_from(PQerrorMessage(pg)))));
}

static enum err prepare(struct postgres_store *s, struct store_fault *fault)
{
    PGconn *pg = NULL;
    int version = 0;
    unsigned server;
    enum err e = postgres_connect(&s->place, &pg, &server);

    if (e != OK) {
        e = explain_connect(fault, e, pg);
    } else {
        e = postgres_migrate(pg, postgres_migrations, &version);
        if (e != OK)
            e = explain_schema(fault, e, pg, version);
    }
    PQfinish(pg);
    return e;
}

static enum err open_it(struct postgres_store *s, struct store_fault *fault)
{
    s->base.readers_max = READERS_MAX;
    TRY(prepare(s, fault));
    TRY(writer_start(&s->base));
    return listener_start(s, &s->listener);
}

/* Who looks at everything takes longer than who answers a request. */
static enum err open_to_read(struct postgres_store *s, struct store_fault *fault)
{
    PGconn *pg = NULL;
    int version = 0;
    unsigned server;
    enum err e = postgres_connect(&s->place, &pg, &server);

    s->transaction_ns = READING_NS;
    if (e != OK)
        e = explain_connect(fault, e, pg);
    else if (postgres_number(pg, "SELECT version FROM schema_version", 0, &version) != OK)
        e = store_explain(fault, NOT_FOUND, "There is no store in this database.");
    else if (version != store_schema_version())
        e = explain_schema(fault, INVALID, pg, version);
    PQfinish(pg);
    return e;
}

typedef enum err opener(struct postgres_store *s, struct store_fault *fault);

static enum err open_with(opener *open, const char *url, struct store_fault *fault, struct store **ret)
{
    struct postgres_store *s = mem_alloc(sizeof(*s));
    enum err e;

    fault->message[0] = '\0';
    if (!s)
        return NO_MEMORY;
    s->transaction_ns = TRANSACTION_NS;
    e = store_set_up(&s->base, &postgres_engine);
    s->place.url = mem_alloc(strlen(url) + 1);
    if (e == OK && s->place.url) {
        memcpy(s->place.url, url, strlen(url) + 1);
        e = open(s, fault);
    }
    if (e != OK || !s->place.url) {
        store_close(&s->base);
        return e == OK ? NO_MEMORY : e;
    }
    *ret = &s->base;
    return OK;
}

enum err store_open_postgres(const char *url, struct store_fault *fault, struct store **ret)
{
    return open_with(open_it, url, fault, ret);
}

enum err store_open_postgres_to_read(const char *url, struct store_fault *fault, struct store **ret)
{
    return open_with(open_to_read, url, fault, ret);
}
