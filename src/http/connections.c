/* SPDX-License-Identifier: Apache-2.0 */
/* The table of deadlines and the thread that enforces them. */
#include "http/connections.h"

#include "base/clock.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
    ADDRESS_PLACES = 4096,
    PART = 128, /* looked at together: nobody waits long for the lock or for the core */
};

/* In which all deadlines are looked at once. */
static const int64_t ROUND_NS = INT64_C(1) * 1000 * 1000 * 1000;

struct open_connection {
    int fd;
    _Atomic int64_t deadline_ns; /* 0: none; set without the lock, once and again for each request */
    char address[INET6_ADDRSTRLEN];
    unsigned place;
    bool heard; /* a request has begun on it */
    struct open_connection *next, **self;
};

struct connections {
    _Atomic int64_t silent; /* nothing has been heard from so many */
    pthread_mutex_t lock;
    pthread_cond_t stop;
    pthread_t thread;
    struct open_connection *first, *at; /* NULL: the next round begins with the first */
    uint64_t count;
    bool stopping;
    unsigned per_address_max;
    unsigned addresses[ADDRESS_PLACES]; /* open connections by a hash of the address */
};

static bool is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return (ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24) == 127;
    return a->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

/* An IPv6 customer has a whole /64. */
static unsigned place_of(const struct sockaddr *a)
{
    const unsigned char *p = (const unsigned char *)&((const struct sockaddr_in *)(const void *)a)->sin_addr;
    size_t n = 4;
    unsigned hash = 2166136261u;

    if (a->sa_family == AF_INET6) {
        p = ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr.s6_addr;
        n = 8;
    }
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return hash % ADDRESS_PLACES;
}

/* The next part of them. Those that are added meanwhile are the next round's. */
static void enforce(struct connections *c)
{
    int64_t now = clock_monotonic_coarse_ns();
    struct open_connection *o = c->at ? c->at : c->first;

    for (int n = 0; o && n < PART; n++) {
        int64_t deadline = atomic_load_explicit(&o->deadline_ns, memory_order_relaxed);

        if (deadline && deadline < now)
            shutdown(o->fd, SHUT_RDWR);
        o = o->next;
    }
    c->at = o;
}

static void *run(void *arg)
{
    struct connections *c = arg;

    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        int64_t pause_ns = ROUND_NS / (int64_t)(1 + c->count / PART);

        (void)clock_wait(&c->stop, &c->lock, clock_monotonic_ns() + pause_ns);
        enforce(c);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

enum err connections_new(unsigned per_address_max, struct connections **ret)
{
    struct connections *c = mem_alloc(sizeof(*c));

    if (!c)
        return NO_MEMORY;
    c->per_address_max = per_address_max;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->stop, NULL);
    if (pthread_create(&c->thread, NULL, run, c)) {
        mem_free(c);
        return IO;
    }
    *ret = c;
    return OK;
}

void connections_free(struct connections *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->stop);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->stop);
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

bool connections_admit(struct connections *c, const struct sockaddr *address)
{
    bool admitted;

    if (!c->per_address_max || is_loopback(address))
        return true;
    pthread_mutex_lock(&c->lock);
    admitted = c->addresses[place_of(address)] < c->per_address_max;
    pthread_mutex_unlock(&c->lock);
    return admitted;
}

static int64_t deadline_after(int within_s)
{
    return within_s ? clock_monotonic_coarse_ns() + within_s * INT64_C(1000000000) : 0;
}

void address_write(const struct sockaddr *a, char text[INET6_ADDRSTRLEN])
{
    if (a->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, text, INET6_ADDRSTRLEN);
    if (a->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, text,
                  INET6_ADDRSTRLEN);
}

struct open_connection *connections_add(struct connections *c, int fd, const struct sockaddr *address,
                                        int within_s)
{
    struct open_connection *o = mem_alloc(sizeof(*o));

    if (!o)
        return NULL;
    o->fd = fd;
    o->place = place_of(address);
    o->deadline_ns = deadline_after(within_s);
    address_write(address, o->address);
    pthread_mutex_lock(&c->lock);
    o->next = c->first;
    o->self = &c->first;
    if (o->next)
        o->next->self = &o->next;
    c->first = o;
    atomic_fetch_add(&c->silent, 1);
    c->count++;
    c->addresses[o->place]++;
    pthread_mutex_unlock(&c->lock);
    return o;
}

void connections_remove(struct connections *c, struct open_connection *o)
{
    if (!o)
        return;
    pthread_mutex_lock(&c->lock);
    *o->self = o->next;
    if (o->next)
        o->next->self = o->self;
    if (c->at == o)
        c->at = o->next;
    c->count--;
    c->addresses[o->place]--;
    pthread_mutex_unlock(&c->lock);
    if (!o->heard)
        atomic_fetch_sub(&c->silent, 1);
    mem_free(o);
}

void connections_heard(struct connections *c, struct open_connection *o)
{
    if (!o || o->heard)
        return;
    o->heard = true;
    atomic_fetch_sub(&c->silent, 1);
}

bool connections_are_silent(const struct connections *c)
{
    return atomic_load(&c->silent) > 0;
}

void connections_deadline(struct open_connection *o, int within_s)
{
    if (o)
        atomic_store_explicit(&o->deadline_ns, deadline_after(within_s), memory_order_relaxed);
}

const char *connections_address(const struct open_connection *o)
{
    return o->address;
}

uint64_t connections_count(struct connections *c)
{
    uint64_t n;

    pthread_mutex_lock(&c->lock);
    n = c->count;
    pthread_mutex_unlock(&c->lock);
    return n;
}
