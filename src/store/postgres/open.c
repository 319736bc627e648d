/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a PostgreSQL database as a store. What fails is told to the operator, without the URL: it may hold
 * a password. */
#include "base/mem.h"
#include "store/postgres/postgres.h"

#include <stdio.h>

static void place_of(const PGconn *pg, char place[160])
{
    const char *host = PQhost(pg), *database = PQdb(pg);

    snprintf(place, 160, "%s at %s", database && *database ? database : "(no name)",
             host && *host ? host : "the local socket");
}

/* libpq's text names the host and what went wrong; its lines become one. */
static enum err explain_connect(struct store_fault *fault, enum err e, const PGconn *pg)
{
    struct str said = str_trim(str_from(pg ? PQerrorMessage(pg) : "out of memory"));
    char place[160];

    place_of(pg, place);
    if (said.len == 0)
        return store_explain(fault, e, "The database %s does not answer. Start it, or name another one.",
                             place);
    store_explain(fault, e, "The database %s cannot be opened: %.*s", place, STR_FMT(said));
    for (char *end = fault->message; (end = strchr(end, '\n'));)
        *end = ' ';
    return e;
}

static enum err explain_schema(struct store_fault *fault, enum err e, const PGconn *pg, int version)
{
    char place[160];

    place_of(pg, place);
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
    enum err e = postgres_connect(s->url, &pg);

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

static enum err open_it(struct postgres_store *s, const char *url, struct store_fault *fault)
{
    s->url = mem_alloc(strlen(url) + 1);
    if (!s->url)
        return NO_MEMORY;
    memcpy(s->url, url, strlen(url) + 1);
    TRY(prepare(s, fault));
    TRY(writer_start(&s->base));
    return listener_start(s, &s->listener);
}

enum err store_open_postgres(const char *url, struct store_fault *fault, struct store **ret)
{
    struct postgres_store *s = mem_alloc(sizeof(*s));
    enum err e;

    fault->message[0] = '\0';
    if (!s)
        return NO_MEMORY;
    e = store_set_up(&s->base, &postgres_engine);
    if (e == OK)
        e = open_it(s, url, fault);
    if (e != OK) {
        store_close(&s->base);
        return e;
    }
    *ret = &s->base;
    return OK;
}
