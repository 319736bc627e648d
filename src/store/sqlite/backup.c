/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of the database while a server writes to it. The server's lock keeps out a second server, not a
 * reader: SQLite's own locks let another process read one snapshot of the log for as long as it likes.
 */
#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

struct backup {
    struct store_fault *fault;
    struct sqlite_connection *c;
    const char *file;
    char source[PATH_SIZE], beside[PATH_SIZE]; /* written here, then renamed */
    int fd;
};

static enum err explain_database(struct backup *b, enum err e)
{
    if (e == NO_SPACE)
        return store_explain(b->fault, e, "There is no room for the backup %s.", b->file);
    return store_explain(b->fault, e, "The database %s cannot be copied: %s.", b->source,
                         b->c ? sqlite3_errmsg(b->c->db) : err_name(e));
}

static enum err find_source(struct backup *b)
{
    if (access(b->source, R_OK | W_OK) == 0)
        return OK;
    return store_explain(b->fault, errno == ENOENT ? NOT_FOUND : DENIED,
                         "There is no store to back up at %s: %s.", b->source, strerror(errno));
}

static enum err explain_write(struct backup *b)
{
    return store_explain(b->fault, store_errno(), "The backup %s cannot be written: %s.", b->file,
                         strerror(errno));
}

static enum err explain_taken(struct backup *b)
{
    return store_explain(b->fault, CONFLICT, "The file %s is there already. Name another one.", b->file);
}

/* A file of the owner's alone, empty, under a name that nobody has. */
static enum err make_beside(struct backup *b)
{
    if (access(b->file, F_OK) == 0)
        return explain_taken(b);
    b->fd = mkostemp(b->beside, O_CLOEXEC);
    return b->fd >= 0 ? OK : explain_write(b);
}

/* One snapshot, begun after all that was acknowledged before; pages that are free, and what was deleted, are
 * left behind. */
static enum err copy(struct backup *b)
{
    sqlite3_stmt *s = NULL;
    int code;

    TRY(connection_open(b->source, false, &b->c));
    code = sqlite3_exec(b->c->db, "PRAGMA query_only=0", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(b->c->db, "VACUUM INTO ?1", -1, &s, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(s, 1, b->beside, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    sqlite3_finalize(s);
    return sqlite_err(code);
}

static enum err sync_folder(struct backup *b)
{
    char path[PATH_SIZE];
    int fd;
    bool synced;

    snprintf(path, sizeof(path), "%s", b->file);
    fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced ? OK : explain_write(b);
}

/* Whole and durable, or not there at all. A file that came meanwhile is not overwritten either. */
static enum err publish(struct backup *b)
{
    if (fsync(b->fd) != 0)
        return explain_write(b);
    if (link(b->beside, b->file) != 0)
        return errno == EEXIST ? explain_taken(b) : explain_write(b);
    return sync_folder(b);
}

static enum err run(struct backup *b)
{
    enum err e;

    TRY(find_source(b));
    TRY(make_beside(b));
    e = copy(b);
    return e == OK ? publish(b) : explain_database(b, e);
}

/* SQLite's journal of a copy that it could not end is not its own to remove. */
static void clean_up(struct backup *b)
{
    char journal[PATH_SIZE + sizeof("-journal")];

    close(b->fd);
    unlink(b->beside);
    snprintf(journal, sizeof(journal), "%s-journal", b->beside);
    unlink(journal);
}

enum err store_backup_sqlite(const char *folder, const char *file, struct store_fault *fault)
{
    struct backup b = { .fault = fault, .file = file, .fd = -1 };
    enum err e;

    fault->message[0] = '\0';
    if (strlen(folder) > PATH_SIZE - sizeof("/latchkey.db") || strlen(file) > PATH_SIZE - sizeof(".XXXXXX")) {
        errno = ENAMETOOLONG;
        return explain_write(&b);
    }
    snprintf(b.source, sizeof(b.source), "%s/latchkey.db", folder);
    snprintf(b.beside, sizeof(b.beside), "%s.XXXXXX", file);
    e = run(&b);
    connection_close(b.c);
    if (b.fd >= 0)
        clean_up(&b);
    return e;
}
