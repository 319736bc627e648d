/* SPDX-License-Identifier: Apache-2.0 */
/* Wiring. What is made first is released last. */
#include "server/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/x509.h"
#include "flow/action.h"
#include "model/cache.h"
#include "model/password_pool.h"
#include "model/roles.h"
#include "oauth/oauth.h"
#include "page/page.h"
#include "resource/reply.h"
#include "resource/routes.h"
#include "server/files.h"
#include "server/health.h"

#include <errno.h>
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
    HOSTS_MAX = 32,
    SWEEP_S = 30,
};

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
    pthread_t sweeper;
    pthread_mutex_t sweeping;
    pthread_cond_t stop;
    bool sweeps, stopping;
};

static enum err explain(struct server_fault *fault, enum err e, const char *format, ...) PRINTF(3, 4);

static enum err explain(struct server_fault *fault, enum err e, const char *format, ...)
{
    va_list args;

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

    fault->kind = FAULT_STORE;
    if (o->store && mkdir(o->data, 0700) != 0 && errno != EEXIST)
        return explain(fault, DENIED, "The folder of keys %s cannot be made: %s.", o->data, strerror(errno));
    e = store_open(store_place(o), &store_fault, &s->site.store);
    if (e != OK)
        return explain(fault, e, "%s", store_fault.message);
    fault->kind = FAULT_OTHER;
    return OK;
}

/* The master key lies beside the database, in a file of its own. */
static enum err make_master_key(struct server *s, const char *path)
{
    struct str text;

    s->site.master_key = master_key_generate();
    TRY(master_key_text(s->arena, &s->site.master_key, &text));
    TRY(str_printf(s->arena, &text, "%.*s\n", STR_FMT(text)));
    return file_write(s->arena, path, text);
}

static enum err store_has_objects(struct server *s, bool *ret)
{
    struct object_list list;
    struct tx *tx;

    TRY(store_read_begin(s->site.store, s->arena, &tx));
    TRY(tx_walk_objects(tx, s->arena, NULL, 1, &list));
    tx_end(tx);
    *ret = list.n > 0;
    return OK;
}

/* Beside an empty store only: another key could never open what a filled one has sealed. */
static enum err load_master_key(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    struct str path, text;
    bool filled;
    enum err e;

    TRY(str_printf(s->arena, &path, "%s/master.key", o->data));
    e = file_read(s->arena, path.p, &text);
    if (e == OK)
        return master_key_parse(s->arena, str_slice(text, 0, str_index(text, '\n')), &s->site.master_key);
    if (e != NOT_FOUND)
        return e;
    TRY(store_has_objects(s, &filled));
    if (!filled)
        return make_master_key(s, path.p);
    return explain(fault, NOT_FOUND,
                   "The master key %s is missing. Put back the one that this store was made with; backups do "
                   "not hold it.",
                   path.p);
}

static enum err explain_seed(struct server_fault *fault, enum err e, const struct server_options *o)
{
    if (e == CORRUPT)
        return explain(fault, e, "The store cannot be read: is %s/master.key the one it was made with?",
                       o->data);
    return explain(fault, e, "The store cannot be filled or read (%s).", err_name(e));
}

/* What the folder holds: the key, and who was there first. */
static enum err open_installation(struct server *s, const struct server_options *o,
                                  struct server_fault *fault)
{
    enum err e;

    fault->kind = FAULT_STORE;
    e = load_master_key(s, o, fault);
    if (e != OK && !fault->message[0])
        return explain(fault, e, "The master key %s/master.key cannot be read or written (%s).", o->data,
                       err_name(e));
    TRY(e);
    e = platform_seed(&s->site, s->arena, o->seeds, &s->seeded);
    if (e != OK)
        return explain_seed(fault, e, o);
    fault->kind = FAULT_OTHER;
    return OK;
}

static enum err start_model(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    struct schema_fault schema_fault = { "" };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    enum err e = registry_new(platform_hooks, &schema_fault, &s->registry);

    if (e != OK)
        return explain(fault, e, "A resource type is malformed: %s", schema_fault.message);
    s->site.registry = s->registry;
    TRY(roles_load(&s->roles));
    s->site.roles = s->roles;
    TRY(cache_new(CACHE_BYTES_MAX, &s->site.cache));
    TRY(password_pool_new(cores > 0 ? (unsigned)cores : 1, HASHES_WAITING_MAX, &s->site.passwords));
    random_bytes(s->site.secret_salt.b, sizeof(s->site.secret_salt.b));
    s->site.api_audience = STR("https://api.pingone.com");
    s->site.development = true;
    return open_installation(s, o, fault);
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

    for (size_t i = 0; i < LENGTH(loopback); i++)
        s->hosts[n++] = loopback[i];
    for (const char *const *h = o->hosts; h && *h && n < HOSTS_MAX; h++)
        s->hosts[n++] = *h;
}

/* Without brackets, as certificates name addresses. */
static enum err certificate_hosts(struct server *s, const char **ret)
{
    size_t n = 0;

    for (size_t i = 0; s->hosts[i]; i++)
        ret[n++] = strcmp(s->hosts[i], "[::1]") == 0 ? "::1" : s->hosts[i];
    ret[n] = NULL;
    return OK;
}

static enum err read_certified(struct server *s, const char *data, const char *name, struct certified *ret)
{
    struct str path;

    TRY(str_printf(s->arena, &path, "%s/%s.pem", data, name));
    TRY(file_read(s->arena, path.p, &ret->certificate_pem));
    TRY(str_printf(s->arena, &path, "%s/%s.key", data, name));
    return file_read(s->arena, path.p, &ret->key_pem);
}

static enum err write_certified(struct server *s, const char *data, const char *name,
                                const struct certified *c)
{
    struct str path;

    TRY(str_printf(s->arena, &path, "%s/%s.key", data, name));
    TRY(file_write(s->arena, path.p, c->key_pem));
    TRY(str_printf(s->arena, &path, "%s/%s.pem", data, name));
    return file_write(s->arena, path.p, c->certificate_pem);
}

/* The authority is kept, so that trust is set once; it is made anew only when the hosts it may name have
 * changed. */
static enum err load_certificates(struct server *s, const struct server_options *o)
{
    const char *hosts[HOSTS_MAX + 1];
    struct certified authority, server;
    int64_t soon = clock_now_ms() + INT64_C(7) * 86400000;
    bool good = false;
    enum err e;

    TRY(certificate_hosts(s, hosts));
    e = read_certified(s, o->data, "server", &server);
    if (e == OK && read_certified(s, o->data, "ca", &authority) == OK)
        TRY(x509_serves(server.certificate_pem, hosts, soon, &good));
    good = good && x509_belongs(&server, authority.certificate_pem);
    if (!good) {
        TRY(x509_authority_new(s->arena, hosts, &authority));
        TRY(x509_server_new(s->arena, &authority, hosts, &server));
        TRY(write_certified(s, o->data, "ca", &authority));
        TRY(write_certified(s, o->data, "server", &server));
    }
    TRY(str_printf(s->arena, &s->addresses.ca_file, "%s/ca.pem", o->data));
    s->tls = (struct http_tls){ server.certificate_pem, server.key_pem };
    return OK;
}

static enum err listen_on(struct server *s, const struct listen_at *at, struct http_options options,
                          struct server_fault *fault, struct http_server **ret)
{
    enum err e;

    options.address = at->address;
    options.port = at->port;
    options.fail = reply_failure;
    options.workers = s->workers;
    e = http_server_start(&options, ret);
    fault->kind = e == CONFLICT ? FAULT_PORT : FAULT_OTHER;
    if (e == CONFLICT)
        return explain(fault, e, "Port %u of %s is in use by another program.", at->port, at->address);
    if (e == DENIED)
        return explain(fault, e, "Port %u of %s may not be used: ports below 1024 need privileges.", at->port,
                       at->address);
    if (e != OK)
        return explain(fault, e, "%s:%u cannot be listened on (%s).", at->address, at->port, err_name(e));
    return OK;
}

static enum err start_listeners(struct server *s, const struct server_options *o, struct server_fault *fault)
{
    struct http_options plain = {
        .router = s->router,
        .app = &s->site,
        .hosts = s->hosts,
        .log_requests = o->log_requests,
        .point_reads_on_workers = o->store != NULL,
    };
    struct http_options tls = plain, health = { .router = s->health_router, .app = &s->health, .threads = 1 };

    tls.tls = &s->tls;
    TRY(http_workers_new(WORKERS, WORK_QUEUE_MAX, &s->workers));
    TRY(listen_on(s, &o->http, plain, fault, &s->http));
    TRY(listen_on(s, &o->https, tls, fault, &s->https));
    s->health = (struct health){ .site = &s->site, .http = &s->http, .https = &s->https };
    TRY(listen_on(s, &o->management, health, fault, &s->management));
    s->addresses.http_port = http_server_port(s->http);
    s->addresses.https_port = http_server_port(s->https);
    s->addresses.management_port = http_server_port(s->management);
    return OK;
}

static void *sweep(void *arg)
{
    struct server *s = arg;
    struct timespec at;
    bool more = false;

    pthread_mutex_lock(&s->sweeping);
    while (!s->stopping) {
        clock_gettime(CLOCK_REALTIME, &at);
        at.tv_sec += more ? 0 : SWEEP_S;
        pthread_cond_timedwait(&s->stop, &s->sweeping, &at);
        if (s->stopping || store_sweep(s->site.store, &more) == OK)
            continue;
        more = false;
        log_event(LOG_WARNING, "sweep failed", { "retry", STR("later") });
    }
    pthread_mutex_unlock(&s->sweeping);
    return NULL;
}

static enum err start_sweeper(struct server *s)
{
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
    enum err e;

    raise_file_limit();
    TRY(crypto_init());
    TRY(start_store(s, o, fault));
    TRY(start_model(s, o, fault));
    TRY(make_router(s));
    list_hosts(s, o);
    e = load_certificates(s, o);
    fault->kind = e == OK ? FAULT_OTHER : FAULT_STORE;
    if (e != OK)
        return explain(fault, e, "The certificates in %s cannot be read, made or written (%s).", o->data,
                       err_name(e));
    TRY(start_listeners(s, o, fault));
    return start_sweeper(s);
}

enum err server_start(const struct server_options *options, struct server_fault *fault, struct server **ret)
{
    struct arena *a = arena_new(0);
    struct server *s = a ? ARENA_NEW(a, struct server) : NULL;
    enum err e;

    *fault = (struct server_fault){ .kind = FAULT_OTHER };
    if (!s) {
        arena_free(a);
        return explain(fault, NO_MEMORY, "Memory is short.");
    }
    s->arena = a;
    e = start_parts(s, options, fault);
    if (e != OK) {
        if (!fault->message[0])
            (void)explain(fault, e, "The server cannot start (%s).", err_name(e));
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
