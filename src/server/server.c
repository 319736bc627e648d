/* SPDX-License-Identifier: Apache-2.0 */
/* Wiring. What is made first is released last. */
#include "server/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "flow/action.h"
#include "model/cache.h"
#include "model/password_pool.h"
#include "model/roles.h"
#include "oauth/oauth.h"
#include "page/page.h"
#include "resource/reply.h"
#include "resource/routes.h"
#include "server/development.h"
#include "server/health.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    WORKERS = 64,
    WORK_QUEUE_MAX = 2048,
    HASHES_WAITING_MAX = 256,
    CACHE_BYTES_MAX = 32 * 1024 * 1024,
    EVENT_DAYS = 730, /* as the vendor keeps those of configuration */
    HEAPS_MAX = 4,
    HEAP_STEP = 4 * 1024 * 1024,
    HEAP_KEPT = 64 * 1024 * 1024,
};

static const int64_t SWEEP_NS = INT64_C(30) * 1000 * 1000 * 1000;

struct server {
    struct arena *arena;
    struct site site;
    struct registry *registry;
    struct roles *roles;
    struct router *router, *health_router;
    struct http_workers *workers;
    struct http_server *http, *https, *management;
    struct health health;
    struct http_tls tls;
    const char *hosts[HOSTS_MAX + 1];
    struct seeded seeded;
    struct server_addresses addresses;
    int64_t events_kept_ms;
    pthread_t sweeper;
    pthread_mutex_t sweeping;
    pthread_cond_t stop;
    bool sweeps, stopping;
};

static enum err explain(struct server_fault *fault, enum fault_kind kind, enum err e, const char *format, ...)
    PRINTF(4, 5);

static enum err explain(struct server_fault *fault, enum fault_kind kind, enum err e, const char *format, ...)
{
    va_list args;

    fault->kind = kind;
    va_start(args, format);
    vsnprintf(fault->message, sizeof(fault->message), format, args);
    va_end(args);
    return e;
}

static const char *store_place(const struct server_options *o)
{
    return o->store ? o->store : o->data;
}

static enum err start_store(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    struct store_fault store_fault = { "" };
    enum err e;

    if (o->store && o->data && mkdir(o->data, 0700) != 0 && errno != EEXIST)
        return explain(fault, FAULT_STORE, DENIED, "The folder of keys %s cannot be made: %s.", o->data,
                       strerror(errno));
    e = store_open(store_place(o), &store_fault, &s->site.store);
    return e == OK ? OK : explain(fault, FAULT_STORE, e, "%s", store_fault.message);
}

static enum err choose_master_key(struct server *s, const struct server_options *o,
                                  struct server_fault *fault)
{
    enum err e;

    if (o->master_key) {
        s->site.master_key = *o->master_key;
        return OK;
    }
    e = development_master_key(s->arena, o->data, s->site.store, &s->site.master_key);
    if (e == OK)
        return OK;
    if (e != NOT_FOUND)
        return explain(fault, FAULT_STORE, e, "The master key %s/master.key cannot be read or written (%s).",
                       o->data, err_name(e));
    return explain(fault, FAULT_STORE, e,
                   "The master key %s/master.key is missing. Put back the one that this store was made with; "
                   "backups do not hold it.",
                   o->data);
}

static enum err explain_installation(const struct server_options *o, struct server_fault *fault, enum err e)
{
    if (e == CORRUPT || e == INVALID)
        return explain(fault, FAULT_STORE, e,
                       "The store does not open with this master key: is it the one it was made with?");
    return explain(fault, FAULT_STORE, e,
                   o->mode == SERVER_PRODUCTION ? "The store cannot be read (%s)."
                                                : "The store cannot be filled or read (%s).",
                   err_name(e));
}

/* A store is made for one mode and stays in it: secrets of a development server are known to many. */
static enum err check_mode(const struct server *s, const struct server_options *o, struct server_fault *fault)
{
    bool production = o->mode != SERVER_DEVELOPMENT;

    if (s->seeded.production == production)
        return OK;
    return explain(fault, FAULT_STORE, DENIED,
                   production
                       ? "This store is a development server's: its secrets are known to many. Name an "
                         "empty one, and run latchkey init."
                       : "This store was made by latchkey init. Run it with latchkey serve.");
}

static enum err recover(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    enum err e = platform_recover(&s->site, s->arena, o->seeds, &s->seeded);

    if (e == FAILED)
        return explain(fault, FAULT_OTHER, e, "The user \"%.*s\" is there already. Choose another name.",
                       STR_FMT(o->seeds->admin_username));
    return e == OK ? OK
                   : explain(fault, FAULT_OTHER, e, "The administrator cannot be added (%s).", err_name(e));
}

static enum err find_installation(struct server *s, const struct server_options *o,
                                  struct server_fault *fault)
{
    enum err e = platform_read(&s->site, s->arena, &s->seeded);

    if (e == OK && o->mode == SERVER_INSTALL)
        return explain(fault, FAULT_STORE, CONFLICT,
                       "The store has been initialised before; nothing was changed.");
    if (e == NOT_FOUND && (o->mode == SERVER_PRODUCTION || o->mode == SERVER_RECOVER))
        return explain(fault, FAULT_STORE, e, "The store is empty. Run latchkey init first.");
    if (e == NOT_FOUND)
        e = platform_seed(&s->site, s->arena, o->seeds, &s->seeded);
    if (e != OK)
        return explain_installation(o, fault, e);
    TRY(check_mode(s, o, fault));
    return o->mode == SERVER_RECOVER ? recover(s, o, fault) : OK;
}

static enum err start_model(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    struct schema_fault schema_fault = { "" };
    size_t waiting = o->limits.passwords_waiting ? o->limits.passwords_waiting : HASHES_WAITING_MAX;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    enum err e = registry_new(platform_hooks, &schema_fault, &s->registry);

    if (e == INVALID)
        return explain(fault, FAULT_OTHER, e, "A resource type is malformed: %s", schema_fault.message);
    TRY(e);
    s->site.registry = s->registry;
    TRY(roles_load(&s->roles));
    s->site.roles = s->roles;
    TRY(cache_new(CACHE_BYTES_MAX, &s->site.cache));
    TRY(password_pool_new(cores > 0 ? (unsigned)cores : 1, (unsigned)waiting, &s->site.passwords));
    random_bytes(s->site.secret_salt.b, sizeof(s->site.secret_salt.b));
    s->site.api_audience = STR("https://api.pingone.com");
    s->site.development = o->mode == SERVER_DEVELOPMENT;
    TRY(choose_master_key(s, o, fault));
    return find_installation(s, o, fault);
}

static size_t count_routes(const struct route *r)
{
    size_t n = 0;

    while (r[n].pattern)
        n++;
    return n;
}

static enum err make_router(struct server *s)
{
    const struct route *const tables[] = { flow_routes, page_routes, oauth_routes };
    struct route *api, *all;
    size_t n, total;

    TRY(routes_make(s->arena, s->registry, &api, &n));
    total = n;
    for (size_t i = 0; i < LENGTH(tables); i++)
        total += count_routes(tables[i]);
    all = ARENA_ARRAY(s->arena, struct route, total);
    if (!all)
        return NO_MEMORY;
    memcpy(all, api, n * sizeof(*all));
    for (size_t i = 0; i < LENGTH(tables); i++) {
        memcpy(all + n, tables[i], count_routes(tables[i]) * sizeof(*all));
        n += count_routes(tables[i]);
    }
    TRY(router_new(all, total, &s->router));
    return router_new(health_routes, count_routes(health_routes), &s->health_router);
}

static void list_hosts(struct server *s, const struct server_options *o)
{
    static const char *const loopback[] = { "localhost", "127.0.0.1", "[::1]" };
    size_t n = 0;

    for (size_t i = 0; i < LENGTH(loopback) && o->mode == SERVER_DEVELOPMENT; i++)
        s->hosts[n++] = loopback[i];
    for (const char *const *h = o->hosts; h && *h && n < HOSTS_MAX; h++)
        s->hosts[n++] = *h;
}

/* The certificate: named, or the folder's own. */
static enum err load_certificates(struct server *s, const struct server_options *o,
                                  struct server_fault *fault)
{
    enum err e;

    if (o->tls || !o->https.address) {
        s->tls = o->tls ? *o->tls : s->tls;
        return OK;
    }
    e = development_certificates(s->arena, o->data, s->hosts, &s->tls);
    if (e != OK)
        return explain(fault, FAULT_STORE, e, "The certificates in %s cannot be read, made or written (%s).",
                       o->data, err_name(e));
    return str_printf(s->arena, &s->addresses.ca_file, "%s/ca.pem", o->data);
}

static enum err explain_listen(const struct listen_at *at, struct server_fault *fault, enum err e)
{
    if (e == CONFLICT)
        return explain(fault, FAULT_PORT, e, "Port %u of %s is in use by another program.", at->port,
                       at->address);
    if (e == DENIED)
        return explain(fault, FAULT_OTHER, e,
                       "Port %u of %s may not be used: ports below 1024 need privileges.", at->port,
                       at->address);
    return explain(fault, FAULT_OTHER, e, "%s:%u cannot be listened on (%s).", at->address, at->port,
                   err_name(e));
}

/* Where nothing is to listen, nothing does. */
static enum err listen_on(struct server *s, const struct listen_at *at, struct http_options options,
                          struct server_fault *fault, struct http_server **ret)
{
    enum err e;

    if (!at->address)
        return OK;
    options.address = at->address;
    options.port = at->port;
    options.fail = reply_failure;
    options.workers = s->workers;
    e = http_server_start(&options, ret);
    return e == OK ? OK : explain_listen(at, fault, e);
}

static uint16_t port_of(const struct http_server *server)
{
    return server ? http_server_port(server) : 0;
}

static enum err start_listeners(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    struct http_options plain = {
        .router = s->router,
        .app = &s->site,
        .hosts = s->hosts,
        .log_requests = o->log_requests,
        .store_waits = store_is_url(o->store ? o->store : o->data),
        .trust = o->trust,
        .connections_per_address_max = o->limits.connections_per_address,
        .body_max_bytes = o->limits.body_bytes,
    };
    struct http_options tls = plain, health = { .router = s->health_router, .app = &s->health, .threads = 1 };

    tls.tls = &s->tls;
    TRY(http_workers_new(o->limits.workers ? o->limits.workers : WORKERS,
                         o->limits.waiting ? o->limits.waiting : WORK_QUEUE_MAX, &s->workers));
    TRY(listen_on(s, &o->http, plain, fault, &s->http));
    TRY(listen_on(s, &o->https, tls, fault, &s->https));
    s->health.site = &s->site;
    s->health.http = &s->http;
    s->health.https = &s->https;
    TRY(listen_on(s, &o->management, health, fault, &s->management));
    s->addresses.http_port = port_of(s->http);
    s->addresses.https_port = port_of(s->https);
    s->addresses.management_port = port_of(s->management);
    return OK;
}

/* glibc gives each thread a heap of its own, up to eight a core, and each keeps what was freed in it; they
 * grow and shrink by pages, while others wait: so they do it in rare, long steps. */
static void settle_heaps(void)
{
#ifdef M_ARENA_MAX
    (void)!mallopt(M_ARENA_MAX, HEAPS_MAX);
    (void)!mallopt(M_TOP_PAD, HEAP_STEP);
    (void)!mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
#endif
}

/* What a crowd has left behind lies between what is still in use. */
static void shrink_heaps(void)
{
#ifdef M_ARENA_MAX
    (void)!malloc_trim(0);
#endif
}

static void *sweep(void *arg)
{
    struct server *s = arg;
    bool more = true; /* what came to its end while we were away */

    pthread_mutex_lock(&s->sweeping);
    while (!s->stopping) {
        (void)clock_wait(&s->stop, &s->sweeping, clock_monotonic_ns() + (more ? 0 : SWEEP_NS));
        if (s->stopping)
            break;
        if (store_sweep(s->site.store, clock_now_ms() - s->events_kept_ms, &more) != OK) {
            more = false;
            log_event(LOG_WARNING, "sweep failed", { "retry", STR("later") });
        }
        if (!more)
            shrink_heaps();
    }
    pthread_mutex_unlock(&s->sweeping);
    return NULL;
}

static enum err start_sweeper(struct server *s, const struct server_options *o)
{
    s->events_kept_ms = (o->event_days ? o->event_days : EVENT_DAYS) * INT64_C(86400000);
    pthread_mutex_init(&s->sweeping, NULL);
    pthread_cond_init(&s->stop, NULL);
    if (pthread_create(&s->sweeper, NULL, sweep, s))
        return NO_MEMORY;
    s->sweeps = true;
    return OK;
}

/* Each connection is an open file, and systems begin with few: as many as we may have. Where that is refused,
 * connections beyond what there is are. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)!setrlimit(RLIMIT_NOFILE, &limit);
}

static enum err start_parts(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    raise_file_limit();
    settle_heaps();
    TRY(crypto_init());
    TRY(start_store(s, o, fault));
    TRY(start_model(s, o, fault));
    if (o->mode == SERVER_INSTALL || o->mode == SERVER_RECOVER)
        return OK;
    TRY(make_router(s));
    list_hosts(s, o);
    TRY(load_certificates(s, o, fault));
    TRY(start_listeners(s, o, fault));
    return start_sweeper(s, o);
}

enum err server_start(const struct server_options *options, struct server_fault *fault, struct server **ret)
{
    struct arena *a = arena_new(0);
    struct server *s = a ? ARENA_NEW(a, struct server) : NULL;
    enum err e;

    *fault = (struct server_fault){ .kind = FAULT_OTHER };
    if (!s) {
        arena_free(a);
        return explain(fault, FAULT_OTHER, NO_MEMORY, "Memory is short.");
    }
    s->arena = a;
    e = start_parts(s, options, fault);
    if (e != OK) {
        if (!fault->message[0])
            (void)explain(fault, fault->kind, e, "The server cannot start (%s).", err_name(e));
        server_stop(s);
        return e;
    }
    *ret = s;
    return OK;
}

const struct seeded *server_seeded(const struct server *s)
{
    return &s->seeded;
}

const struct server_addresses *server_addresses(const struct server *s)
{
    return &s->addresses;
}

static void stop_sweeper(struct server *s)
{
    if (!s->sweeps)
        return;
    pthread_mutex_lock(&s->sweeping);
    s->stopping = true;
    pthread_cond_signal(&s->stop);
    pthread_mutex_unlock(&s->sweeping);
    pthread_join(s->sweeper, NULL);
    pthread_cond_destroy(&s->stop);
    pthread_mutex_destroy(&s->sweeping);
}

void server_leave(struct server *s, int64_t seconds)
{
    struct timespec left = { .tv_sec = (time_t)seconds };

    atomic_store(&s->health.leaving, true);
    http_server_part(s->http);
    http_server_part(s->https);
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

void server_stop(struct server *s)
{
    if (!s)
        return;
    stop_sweeper(s);
    http_server_stop(s->http);
    http_server_stop(s->https);
    http_server_stop(s->management);
    http_workers_free(s->workers);
    router_free(s->router);
    router_free(s->health_router);
    cache_free(s->site.cache);
    password_pool_free(s->site.passwords);
    store_close(s->site.store);
    roles_free(s->roles);
    registry_free(s->registry);
    arena_free(s->arena);
}
