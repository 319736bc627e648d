/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a server by tests/faults/run: makes chosen calls on the database's files fail. What fails is
 * said in a file that both have mapped, so that one server sees many faults in turn.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NOTHING, WRITE, SYNC, READ, TRUNCATE, SHORT_WRITE };

/* Five numbers, in the order that run packs them. */
struct control {
    _Atomic int call;  /* which kind fails; NOTHING: none does */
    _Atomic int skip;  /* so many of them go well before */
    _Atomic int times; /* so many fail */
    _Atomic int error; /* with this errno */
    _Atomic int hits;  /* so many have failed */
};

static struct control *control;

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("FAULTS_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (p != MAP_FAILED)
        control = p;
    if (fd >= 0)
        close(fd);
}

static bool is_database(int fd)
{
    char link[64], path[512];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    return strstr(path, "/latchkey.db") != NULL;
}

/* Whether this call is one to fail; errno is set then. */
static bool fails(int call, int fd)
{
    if (!control || atomic_load(&control->call) != call || !is_database(fd))
        return false;
    if (atomic_fetch_sub(&control->skip, 1) > 0 || atomic_fetch_sub(&control->times, 1) <= 0)
        return false;
    atomic_fetch_add(&control->hits, 1);
    errno = atomic_load(&control->error);
    return true;
}

/* The next definition of a function, through a pointer that ISO C lets nobody cast. */
#define REAL(type, name)                                                                                     \
    static __typeof__(type) *real;                                                                           \
    if (!real)                                                                                               \
        *(void **)&real = dlsym(RTLD_NEXT, name);

#define WRITER(name, offset_type)                                                                            \
    ssize_t name(int fd, const void *p, size_t n, offset_type at);                                           \
    ssize_t name(int fd, const void *p, size_t n, offset_type at)                                            \
    {                                                                                                        \
        REAL(ssize_t(int, const void *, size_t, offset_type), #name)                                         \
        if (fails(WRITE, fd))                                                                                \
            return -1;                                                                                       \
        return real(fd, p, fails(SHORT_WRITE, fd) ? n / 2 : n, at);                                          \
    }

#define READER(name, offset_type)                                                                            \
    ssize_t name(int fd, void *p, size_t n, offset_type at);                                                 \
    ssize_t name(int fd, void *p, size_t n, offset_type at)                                                  \
    {                                                                                                        \
        REAL(ssize_t(int, void *, size_t, offset_type), #name)                                               \
        return fails(READ, fd) ? -1 : real(fd, p, n, at);                                                    \
    }

#define SYNCER(name)                                                                                         \
    int name(int fd);                                                                                        \
    int name(int fd)                                                                                         \
    {                                                                                                        \
        REAL(int(int), #name)                                                                                \
        return fails(SYNC, fd) ? -1 : real(fd);                                                              \
    }

#define TRUNCATER(name, offset_type)                                                                         \
    int name(int fd, offset_type size);                                                                      \
    int name(int fd, offset_type size)                                                                       \
    {                                                                                                        \
        REAL(int(int, offset_type), #name)                                                                   \
        return fails(TRUNCATE, fd) ? -1 : real(fd, size);                                                    \
    }

WRITER(pwrite, off_t)
WRITER(pwrite64, off64_t)
READER(pread, off_t)
READER(pread64, off64_t)
SYNCER(fsync)
SYNCER(fdatasync)
TRUNCATER(ftruncate, off_t)
TRUNCATER(ftruncate64, off64_t)
