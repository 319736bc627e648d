/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a server by tests/clock/run: the time of day is ahead by what a file says that both have
 * mapped, so that one server lives through days. The clock that measures is left alone.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *ahead_s;

__attribute__((constructor)) static void map_file(void)
{
    const char *path = getenv("CLOCK_FILE");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*ahead_s), PROT_READ, MAP_SHARED, fd, 0);

    if (p != MAP_FAILED)
        ahead_s = p;
    if (fd >= 0)
        close(fd);
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    int status;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    status = real(id, t);
    if (status == 0 && id == CLOCK_REALTIME && ahead_s)
        t->tv_sec += (time_t)atomic_load(ahead_s);
    return status;
}
