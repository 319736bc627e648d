/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on SQLite. */
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#include <pthread.h>
#include <unistd.h>

enum { PREFERRED_MAX = 4 };

#define JOINED_IN_ORDER  "CROSS JOIN"
#define INDEXED_BY(name) " INDEXED BY " name
#define NIL_ID           "zeroblob(16)"

static const char *const texts[STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [CHECK_PAGES] = "PRAGMA integrity_check(1)",
#include "store/sql/texts.h"
};

static struct sqlite_connection *own(const struct connection *c)
{
    return (struct sqlite_connection *)(uintptr_t)c;
}

static int prepare(struct sqlite_connection *c, enum statement which, sqlite3_stmt **ret)
{
    sqlite3_stmt **s = &c->statements[which];
    int code =
        *s ? SQLITE_OK : sqlite3_prepare_v3(c->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL);

    *ret = *s;
    return code;
}

static int bind(sqlite3_stmt *s, int at, const struct value *v)
{
    if (v->kind == VALUE_INT)
        return sqlite3_bind_int64(s, at, v->n);
    if (str_is_none(v->s))
        return sqlite3_bind_null(s, at);
    if (v->kind == VALUE_TEXT)
        return sqlite3_bind_text64(s, at, v->s.p, v->s.len, SQLITE_STATIC, SQLITE_UTF8);
    return sqlite3_bind_blob64(s, at, v->s.p, v->s.len, SQLITE_STATIC);
}

static enum err start(struct binder *b)
{
    sqlite3_stmt *s = NULL;
    int code = prepare(own(b->connection), b->which, &s);

    for (int i = 0; i < b->n && code == SQLITE_OK; i++)
        code = bind(s, i + 1, &b->values[i]);
    b->rows = s;
    return sqlite_err(code);
}

static enum err next(struct binder *b)
{
    int code = sqlite3_step(b->rows);

    if (code == SQLITE_ROW)
        return OK;
    b->changes = sqlite3_changes(own(b->connection)->db);
    sqlite3_reset(b->rows);
    return code == SQLITE_DONE ? NOT_FOUND : sqlite_err(code);
}

static void end(struct binder *b)
{
    sqlite3_reset(b->rows);
}

static struct str octets(const struct binder *b, int column)
{
    struct str s = STR("");

    if (sqlite3_column_type(b->rows, column) == SQLITE_NULL)
        return STR_NONE;
    s.len = (size_t)sqlite3_column_bytes(b->rows, column);
    if (s.len)
        s.p = sqlite3_column_blob(b->rows, column);
    return s;
}

static int64_t number(const struct binder *b, int column)
{
    return sqlite3_column_int64(b->rows, column);
}

/* A full disk can make SQLite roll back by itself. */
static enum standing standing(const struct connection *c)
{
    return sqlite3_get_autocommit(own(c)->db) ? GONE : STANDS;
}

/* The pool counts a connection before it is opened. */
static bool is_preferred(struct store *s)
{
    bool is;

    pthread_mutex_lock(&s->lock);
    is = s->readers <= PREFERRED_MAX;
    pthread_mutex_unlock(&s->lock);
    return is;
}

static enum err open_connection(struct store *s, bool writing, struct connection **ret)
{
    struct sqlite_connection *c;
    enum err e = OK;

    TRY(connection_open(((struct sqlite_store *)s)->path, writing, &c));
    if (!writing && is_preferred(s))
        e = connection_prefer(c);
    if (e != OK)
        connection_close(c);
    else
        *ret = &c->base;
    return e;
}

static void close_connection(struct connection *c)
{
    connection_close(own(c));
}

static void rest(struct connection *c, bool refused)
{
    if (refused)
        own(c)->checkpoint_at = 0; /* a log that starts anew may be all the room there is */
    else
        checkpoint_if_due(own(c));
}

/* The last connection to close brought the log into the database and removed it. */
static void close_store(struct store *s)
{
    struct sqlite_store *own_store = (struct sqlite_store *)s;

    if (own_store->lock_fd >= 0)
        close(own_store->lock_fd);
    mem_free(own_store->path);
    mem_free(own_store);
}

const struct engine sqlite_engine = {
    .open = open_connection,
    .close = close_connection,
    .start = start,
    .next = next,
    .end = end,
    .octets = octets,
    .number = number,
    .standing = standing,
    .rest = rest,
    .close_store = close_store,
};
