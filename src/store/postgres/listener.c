/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hearing of what other nodes change. A notification only makes us look sooner: we look at which generations
 * changed every second anyway, so that a change is in force here within two, also when none arrives. After a
 * silence too long to look back over, everything is taken as changed.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "store/postgres/postgres.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    LOOK_MS = 1000,
    PLACES = 4096,
};

/* A transaction is stamped before it commits, so that we look back further than one can last. */
static const char changes[] = "SELECT environment, value FROM generation"
                              " WHERE changed > clock_timestamp() - interval '15 seconds'";
static const int64_t SILENCE_NS = INT64_C(8) * 1000 * 1000 * 1000;
static const int64_t ANSWER_NS = INT64_C(1000) * 1000 * 1000;

struct listener {
    struct postgres_store *store;
    PGconn *pg; /* NULL: not connected */
    unsigned server;
    int stop;
    pthread_t thread;
    int64_t looked_ns;     /* at first when it started: nothing was read before */
    uint64_t seen[PLACES]; /* a mix of environment and value */
};

static void raise_all(struct listener *l)
{
    const struct touched all = { .all = true };

    generations_raise(l->store->base.generations, &all);
}

static uint64_t mix_of(struct str environment, struct str value)
{
    uint64_t mix = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < environment.len; i++)
        mix = (mix ^ (unsigned char)environment.p[i]) * UINT64_C(1099511628211);
    for (size_t i = 0; i < value.len; i++)
        mix = (mix ^ (unsigned char)value.p[i]) * UINT64_C(1099511628211);
    return mix;
}

static void hear(struct listener *l, const PGresult *r, int row)
{
    struct str environment = { PQgetvalue(r, row, 0), (size_t)PQgetlength(r, row, 0) };
    struct str value = { PQgetvalue(r, row, 1), (size_t)PQgetlength(r, row, 1) };
    uint64_t mix = mix_of(environment, value), *seen = &l->seen[mix_of(environment, STR("")) % PLACES];
    struct touched touched = { .n = 1 };

    if (*seen == mix || environment.len != sizeof(touched.items[0].b))
        return;
    *seen = mix;
    memcpy(touched.items[0].b, environment.p, environment.len);
    generations_raise(l->store->base.generations, &touched);
}

/* -> false: the connection is no good any more */
static bool look(struct listener *l)
{
    int64_t deadline = clock_monotonic_ns() + ANSWER_NS;
    PGresult *r = NULL;
    bool ok;

    if (!PQsendQueryParams(l->pg, changes, 0, NULL, NULL, NULL, NULL, 1) ||
        !postgres_flush(l->pg, deadline) || !postgres_result(l->pg, deadline, &r))
        return false;
    ok = PQresultStatus(r) == PGRES_TUPLES_OK;
    for (int i = 0; ok && i < PQntuples(r); i++)
        hear(l, r, i);
    PQclear(r);
    PQclear(PQgetResult(l->pg)); /* there is none: it ends the query */
    if (ok)
        l->looked_ns = clock_monotonic_ns();
    return ok;
}

static void disconnect(struct listener *l)
{
    PQfinish(l->pg);
    l->pg = NULL;
}

static void connect(struct listener *l)
{
    bool ok = postgres_connect(&l->store->place, &l->pg, &l->server) == OK &&
              postgres_run(l->pg, "LISTEN latchkey", ANSWER_NS) == OK;

    if (!ok)
        disconnect(l);
}

static void drop_notifications(struct listener *l)
{
    PGnotify *n;

    while (PQconsumeInput(l->pg) && (n = PQnotifies(l->pg)))
        PQfreemem(n);
}

static void look_again(struct listener *l)
{
    bool silent = clock_monotonic_ns() - l->looked_ns > SILENCE_NS;

    if (l->pg && l->server != atomic_load(&l->store->place.server))
        disconnect(l);
    if (!l->pg)
        connect(l);
    if (!l->pg)
        return;
    drop_notifications(l);
    if (!look(l))
        disconnect(l);
    else if (silent)
        raise_all(l);
}

static void *run(void *arg)
{
    struct listener *l = arg;
    struct pollfd watched[2] = { { .fd = l->stop, .events = POLLIN } };

    while (!watched[0].revents) {
        look_again(l);
        watched[1] = (struct pollfd){ .fd = l->pg ? PQsocket(l->pg) : -1, .events = POLLIN };
        (void)poll(watched, LENGTH(watched), LOOK_MS);
    }
    return NULL;
}

static void listener_free(struct listener *l)
{
    PQfinish(l->pg);
    if (l->stop >= 0)
        close(l->stop);
    mem_free(l);
}

enum err listener_start(struct postgres_store *s, struct listener **ret)
{
    struct listener *l = mem_alloc(sizeof(*l));

    if (!l)
        return NO_MEMORY;
    l->store = s;
    l->looked_ns = clock_monotonic_ns();
    l->stop = eventfd(0, EFD_CLOEXEC);
    if (l->stop < 0 || pthread_create(&l->thread, NULL, run, l)) {
        listener_free(l);
        return IO;
    }
    *ret = l;
    return OK;
}

void listener_stop(struct listener *l)
{
    if (!l)
        return;
    (void)eventfd_write(l->stop, 1);
    pthread_join(l->thread, NULL);
    listener_free(l);
}
