/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of the store begins with and ends with. */
#include "suite.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const struct uuid here = { { 1, [15] = 11 } }, there = { { 2, [15] = 12 } }, nil = { { 0 } };

static struct {
    const struct kind *kind;
    char place[PLACE_SIZE];
    struct store *store;
    struct arena *arena;
} now;

void suite_folder_make(char folder[64])
{
    snprintf(folder, 64, "%s", "/tmp/latchkey-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *at UNUSED)
{
    return remove(path);
}

void suite_folder_remove(const char *folder)
{
    assert_int_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void make_folder(char place[PLACE_SIZE])
{
    suite_folder_make(place);
}

const struct kind sqlite = { store_open_sqlite, make_folder, suite_folder_remove };

static void run_sql(const char *format, int n)
{
    char sql[64];
    PGconn *pg = PQconnectdb(getenv("TEST_POSTGRES"));
    PGresult *r;

    snprintf(sql, sizeof(sql), format, n);
    PQclear(PQexec(pg, "SET client_min_messages = warning"));
    r = PQexec(pg, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        fail_msg("PostgreSQL: %s", PQerrorMessage(pg));
    PQclear(r);
    PQfinish(pg);
}

/* A schema is made sooner than a database. The process's number keeps two runs apart. */
static void make_schema(char place[PLACE_SIZE])
{
    if (!getenv("TEST_POSTGRES"))
        fail_msg("TEST_POSTGRES is not set: script/test store starts a server");
    run_sql("CREATE SCHEMA test_%d", getpid());
    snprintf(place, PLACE_SIZE, "%s&options=-csearch_path%%3Dtest_%d", getenv("TEST_POSTGRES"), getpid());
}

static void remove_schema(const char *place UNUSED)
{
    run_sql("DROP SCHEMA test_%d CASCADE", getpid());
}

const struct kind postgres = { store_open_postgres, make_schema, remove_schema };

struct store *suite_open(void)
{
    struct store_fault fault;

    now.arena = arena_new(0);
    assert_non_null(now.arena);
    if (now.kind->open(now.place, &fault, &now.store) != OK)
        fail_msg("%s", fault.message);
    return now.store;
}

void suite_close(void)
{
    arena_free(now.arena);
    store_close(now.store);
}

void suite_run(const struct kind *kind, void (*test)(struct store *s))
{
    now.kind = kind;
    kind->make(now.place);
    test(suite_open());
    suite_close();
    kind->remove(now.place);
}

struct store *suite_reopen(void)
{
    suite_close();
    return suite_open();
}

const struct kind *suite_kind(void)
{
    return now.kind;
}

const char *suite_place(void)
{
    return now.place;
}

struct arena *suite_arena(void)
{
    return now.arena;
}

struct tx *snapshot(struct store *s)
{
    struct tx *tx = NULL;

    assert_ok(store_read_begin(s, now.arena, &tx));
    return tx;
}

struct uuid id_of(unsigned char n)
{
    struct uuid id = { { 9 } };

    id.b[15] = n;
    return id;
}

struct object thing(unsigned char n)
{
    return (struct object){
        .environment = here,
        .type = STR("thing"),
        .id = id_of(n),
        .document = STR("{\"name\":\"it\"}"),
    };
}

enum err do_insert(struct tx *tx, void *object)
{
    return tx_insert(tx, object);
}

enum err do_update(struct tx *tx, void *object)
{
    return tx_update(tx, object);
}

enum err do_delete(struct tx *tx, void *object)
{
    const struct object *o = object;

    return tx_delete(tx, o->environment, o->type, o->id);
}

enum err get(struct store *s, const struct object *like, struct object *ret)
{
    struct tx *tx = snapshot(s);
    enum err e = tx_get(tx, now.arena, like->environment, like->type, like->id, ret);

    tx_end(tx);
    return e;
}
