/* SPDX-License-Identifier: Apache-2.0 */
/* Bind, listen, and a loop of poll and accept that an event ends. */
#include "http/acceptor.h"

#include "base/mem.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    LAST_MS = 5,            /* for a handshake that is under way to end */
    SHORTAGE_PAUSE_MS = 50, /* without descriptors or memory: those that wait stay in the backlog */
};

struct acceptor {
    int fd, stop;
    uint16_t port;
    bool running;
    pthread_t thread;
    acceptor_fn *take;
    void *arg;
};

static enum err bind_err(void)
{
    if (errno == EADDRINUSE)
        return CONFLICT;
    if (errno == EACCES)
        return DENIED;
    return errno == EADDRNOTAVAIL ? INVALID : IO;
}

static void set_options(int fd, int family)
{
    int yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
}

static enum err listen_on(struct acceptor *a, const struct addrinfo *at)
{
    struct sockaddr_storage bound;
    socklen_t length = sizeof(bound);

    a->fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a->fd < 0)
        return IO;
    set_options(a->fd, at->ai_family);
    if (bind(a->fd, at->ai_addr, at->ai_addrlen) || listen(a->fd, BACKLOG) ||
        getsockname(a->fd, (struct sockaddr *)&bound, &length))
        return bind_err();
    a->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                : ((struct sockaddr_in *)&bound)->sin_port);
    return OK;
}

static enum err open_sockets(struct acceptor *a, const char *address, uint16_t port)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                    .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    char service[8];
    enum err e;

    a->stop = eventfd(0, EFD_CLOEXEC);
    if (a->stop < 0)
        return IO;
    snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(address, service, &hints, &found))
        return INVALID;
    e = listen_on(a, found);
    freeaddrinfo(found);
    return e;
}

enum err acceptor_open(const char *address, uint16_t port, struct acceptor **ret)
{
    struct acceptor *a = mem_alloc(sizeof(*a));
    enum err e;

    if (!a)
        return NO_MEMORY;
    a->fd = a->stop = -1;
    e = open_sockets(a, address, port);
    if (e != OK) {
        acceptor_free(a);
        return e;
    }
    *ret = a;
    return OK;
}

uint16_t acceptor_port(const struct acceptor *a)
{
    return a->port;
}

/* -> false: nobody waits any more, or there is no room to take them */
static bool accept_one(struct acceptor *a)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    int fd = accept4(a->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return errno == EINTR || errno == ECONNABORTED;
    a->take(a->arg, fd, (struct sockaddr *)&address, length);
    return true;
}

static bool is_short(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Closing would reset who waits in the backlog and may have asked already. So nobody new is let in first, by
 * a filter that drops the packets that begin a connection (SYN), and those who are in are accepted. */
static void accept_last(struct acceptor *a)
{
    struct sock_filter code[] = {
        { BPF_LD | BPF_B | BPF_ABS, 0, 0, 13 }, /* the flags in the TCP header */
        { BPF_JMP | BPF_JSET | BPF_K, 0, 1, 0x02 },
        { BPF_RET | BPF_K, 0, 0, 0 },
        { BPF_RET | BPF_K, 0, 0, UINT32_MAX },
    };
    const struct sock_fprog filter = { LENGTH(code), code };
    struct pollfd waiting = { .fd = a->fd, .events = POLLIN };

    (void)!setsockopt(a->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
    do
        while (accept_one(a))
            ;
    while (poll(&waiting, 1, LAST_MS) == 1 && !is_short(errno));
}

/* With a shortage the socket stays readable, so that we look at nothing but the stop for a while. */
static void *run(void *arg)
{
    struct acceptor *a = arg;
    struct pollfd watched[] = { { .fd = a->stop, .events = POLLIN }, { .fd = a->fd, .events = POLLIN } };

    while (!watched[0].revents) {
        while (watched[1].revents && accept_one(a))
            ;
        if (watched[1].revents && is_short(errno)) {
            watched[1].revents = 0;
            (void)poll(watched, 1, SHORTAGE_PAUSE_MS);
        }
        if (!watched[0].revents)
            (void)poll(watched, LENGTH(watched), -1);
    }
    accept_last(a);
    return NULL;
}

enum err acceptor_run(struct acceptor *a, acceptor_fn *take, void *arg)
{
    a->take = take;
    a->arg = arg;
    if (pthread_create(&a->thread, NULL, run, a))
        return IO;
    a->running = true;
    return OK;
}

void acceptor_free(struct acceptor *a)
{
    if (!a)
        return;
    if (a->running) {
        (void)eventfd_write(a->stop, 1);
        pthread_join(a->thread, NULL);
    }
    if (a->fd >= 0)
        close(a->fd);
    if (a->stop >= 0)
        close(a->stop);
    mem_free(a);
}
