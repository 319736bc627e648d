/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing small files. */
#include "server/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1024 * 1024 };

static enum err errno_err(void)
{
    switch (errno) {
    case ENOENT:
        return NOT_FOUND;
    case EEXIST:
        return CONFLICT;
    case EACCES:
    case EPERM:
    case EROFS:
        return DENIED;
    case ENOSPC:
    case EDQUOT:
        return NO_SPACE;
    default:
        return IO;
    }
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

enum err file_read(struct arena *a, const char *path, struct str *ret)
{
    SCOPED(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *p;

    if (fd < 0 || fstat(fd, &st))
        return errno_err();
    if (st.st_size > FILE_MAX)
        return TOO_LARGE;
    p = arena_secret(a, (size_t)st.st_size + 1);
    if (!p)
        return NO_MEMORY;
    if (read(fd, p, (size_t)st.st_size) != st.st_size)
        return IO;
    *ret = (struct str){ p, (size_t)st.st_size };
    return OK;
}

enum err file_read_line(struct arena *a, const char *path, struct str *ret)
{
    struct str text;

    TRY(file_read(a, path, &text));
    *ret = str_slice(text, 0, str_index(text, '\n'));
    return OK;
}

static enum err write_all(int fd, struct str content)
{
    while (content.len) {
        ssize_t n = write(fd, content.p, content.len);

        if (n < 0 && errno != EINTR)
            return errno_err();
        if (n > 0)
            content = str_slice(content, (size_t)n, content.len);
    }
    return fsync(fd) ? errno_err() : OK;
}

/* A new name is as durable as its content only when its folder is synced too. */
static enum err sync_folder_of(struct arena *a, const char *path)
{
    SCOPED(close_fd) int fd = -1;
    char *copy = str_z(a, str_from(path));

    if (!copy)
        return NO_MEMORY;
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) ? errno_err() : OK;
}

/* rename takes the place of a file that is there, link does not. */
typedef int place_fn(const char *from, const char *to);

/* Under a name that nobody else writes to, then to its place. */
static enum err write_whole(struct arena *a, const char *path, struct str content, place_fn *place)
{
    SCOPED(close_fd) int fd = -1;
    struct str name;
    char *beside;
    enum err e;

    TRY(str_printf(a, &name, "%s.XXXXXX", path));
    beside = str_z(a, name);
    if (!beside)
        return NO_MEMORY;
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return errno_err();
    e = write_all(fd, content);
    if (e == OK && place(beside, path))
        e = errno_err();
    unlink(beside);
    return e == OK ? sync_folder_of(a, path) : e;
}

enum err file_write(struct arena *a, const char *path, struct str content)
{
    return write_whole(a, path, content, rename);
}

enum err file_write_new(struct arena *a, const char *path, struct str content)
{
    return write_whole(a, path, content, link);
}
