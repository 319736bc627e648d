/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the store: the folder, its lock, the database file. What fails is told to the operator.
 */
#include "base/mem.h"
#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

enum err store_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT ? NO_SPACE : errno == EMFILE || errno == EIO ? IO : DENIED;
}

static enum err open_folder(const char *folder, struct store_fault *fault)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return store_explain(fault, store_errno(), "The data folder %s cannot be made: %s.", folder,
                             strerror(errno));
    if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0)
        return OK;
    return store_explain(
        fault, store_errno(),
        "The data folder %s cannot be written: %s. Change its owner, or name another folder.", folder,
        strerror(errno));
}

/* One process at a time: a second one would not hear of the first one's changes. The lock ends with the
 * process. */
static enum err lock_folder(struct sqlite_store *s, const char *folder, struct store_fault *fault)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s/latchkey.lock", folder);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return store_explain(fault, store_errno(), "The lock file %s cannot be opened: %s. Change its owner.",
                             path, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return OK;
    return store_explain(
        fault, CONFLICT,
        "The data folder %s is in use by another process. Stop that one, or name another folder.", folder);
}

/* SQLite gives its log and its index the permissions of the database, so the file is made for the owner
 * alone. */
static enum err make_file(struct sqlite_store *s, const char *folder, struct store_fault *fault)
{
    int fd;

    snprintf(s->path, PATH_SIZE, "%s/latchkey.db", folder);
    fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return store_explain(fault, store_errno(), "The database %s cannot be opened: %s. Change its owner.",
                             s->path, strerror(errno));
    close(fd);
    return OK;
}

static enum err explain_database(struct store_fault *fault, enum err e, const char *path, int version)
{
    if (e == INVALID && version < store_schema_version())
        return store_explain(
            fault, e,
            "The database %s has schema %d, this program works on %d. Start the server on it once, "
            "or use the program that wrote it.",
            path, version, store_schema_version());
    if (e == INVALID)
        return store_explain(
            fault, e,
            "The database %s was written by a newer program: its schema is %d, this program knows up to %d. "
            "Run the newer program, or name another folder.",
            path, version, store_schema_version());
    if (e == CORRUPT)
        return store_explain(
            fault, e, "The file %s is damaged or no database. Restore a backup, or name another folder.",
            path);
    if (e == NO_SPACE)
        return store_explain(fault, e, "There is no room left to open the database %s. Free some.", path);
    if (e == UNAVAILABLE)
        return store_explain(fault, IO, "The database %s is in use by another program. Stop that one.", path);
    return store_explain(fault, e, "The database %s cannot be opened: %s.", path, err_name(e));
}

static enum err open_database(struct sqlite_store *s, struct store_fault *fault)
{
    struct sqlite_connection *c = NULL;
    int version = 0;
    enum err e = connection_open(s->path, true, &c);

    if (e == OK)
        e = schema_migrate(c, sqlite_migrations, &version);
    connection_close(c);
    if (e == OK)
        e = writer_start(&s->base);
    return e == OK ? OK : explain_database(fault, e, s->path, version);
}

static enum err check_name(const char *folder, struct store_fault *fault)
{
    if (strlen(folder) > PATH_SIZE - sizeof("/latchkey.lock"))
        return store_explain(fault, DENIED, "The data folder's name is too long.");
    return OK;
}

static enum err open_in(struct sqlite_store *s, const char *folder, struct store_fault *fault)
{
    TRY(check_name(folder, fault));
    TRY(open_folder(folder, fault));
    TRY(lock_folder(s, folder, fault));
    TRY(make_file(s, folder, fault));
    return open_database(s, fault);
}

typedef enum err opener(struct sqlite_store *s, const char *folder, struct store_fault *fault);

static enum err open_with(opener *open_it, const char *folder, struct store_fault *fault, struct store **ret)
{
    struct sqlite_store *s = mem_alloc(sizeof(*s));
    enum err e;

    fault->message[0] = '\0';
    if (!s)
        return NO_MEMORY;
    s->lock_fd = -1;
    s->path = mem_alloc(PATH_SIZE);
    e = store_set_up(&s->base, &sqlite_engine);
    if (e == OK)
        e = s->path ? open_it(s, folder, fault) : NO_MEMORY;
    if (e != OK) {
        store_close(&s->base);
        return e;
    }
    *ret = &s->base;
    return OK;
}

enum err store_open_sqlite(const char *folder, struct store_fault *fault, struct store **ret)
{
    return open_with(open_in, folder, fault, ret);
}

/* Must be there already. */
static enum err find_file(struct sqlite_store *s, const char *folder, struct store_fault *fault)
{
    snprintf(s->path, PATH_SIZE, "%s/latchkey.db", folder);
    if (access(s->path, R_OK | W_OK) == 0)
        return OK;
    return store_explain(fault, errno == ENOENT ? NOT_FOUND : store_errno(),
                         "There is no store to read at %s: %s.", s->path, strerror(errno));
}

/* The connection waits among those that read. */
static enum err open_reader(struct sqlite_store *s, struct store_fault *fault)
{
    struct sqlite_connection *c = NULL;
    int version = 0;
    enum err e = connection_open(s->path, false, &c);

    if (e == OK)
        e = schema_version(c, &version);
    if (e == OK && version != store_schema_version())
        e = INVALID;
    if (e != OK) {
        connection_close(c);
        return explain_database(fault, e, s->path, version);
    }
    s->base.idle = &c->base;
    s->base.readers = 1;
    return OK;
}

static enum err open_to_read_in(struct sqlite_store *s, const char *folder, struct store_fault *fault)
{
    TRY(check_name(folder, fault));
    TRY(find_file(s, folder, fault));
    TRY(lock_folder(s, folder, fault));
    return open_reader(s, fault);
}

static enum err open_beside_in(struct sqlite_store *s, const char *folder, struct store_fault *fault)
{
    TRY(check_name(folder, fault));
    TRY(find_file(s, folder, fault));
    return open_reader(s, fault);
}

enum err store_open_sqlite_beside(const char *folder, struct store_fault *fault, struct store **ret)
{
    return open_with(open_beside_in, folder, fault, ret);
}

enum err store_open_sqlite_to_read(const char *folder, struct store_fault *fault, struct store **ret)
{
    return open_with(open_to_read_in, folder, fault, ret);
}
