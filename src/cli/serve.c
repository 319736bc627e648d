/* SPDX-License-Identifier: Apache-2.0 */
/* The server in production. It runs in the foreground, for systemd or a container to look after. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/notify.h"
#include "cli/production.h"
#include "cli/signals.h"

#include <signal.h>
#include <stdio.h>

enum { STOP_S = 30 }; /* for what is under way; more than it takes */

static const struct option options[] = {
    PRODUCTION_CONFIG,
    { NULL, NULL, NULL, false },
};

static bool is_valid_now(const struct production *p)
{
    return !p->configuration.certificate || x509_period_has(&p->validity, clock_now_ms());
}

/* Clients refuse it, but a server that does not start helps them less. */
static void warn_of_certificate(const struct production *p)
{
    char from[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE];

    if (is_valid_now(p))
        return;
    clock_format(p->validity.from_ms, from);
    clock_format(p->validity.until_ms, until);
    log_event(LOG_WARNING, "certificate is not valid now", { "file", str_from(p->configuration.certificate) },
              { "from", str_from(from) }, { "until", str_from(until) });
}

/* One that clients refuse does not take the place of one that they accept. */
static bool use_certificate(struct production *running, const struct production *new)
{
    warn_of_certificate(new);
    if ((!is_valid_now(new) && is_valid_now(running)) || production_use_tls(new) != STATUS_OK)
        return false;
    running->validity = new->validity;
    return true;
}

/* What SIGHUP reads again: the certificate and the level of the log. What is wrong changes nothing. */
static void reload(struct production *running)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct arguments again = *running->args;
    struct production p;
    bool ok;

    if (!a)
        return;
    again.arena = a;
    notify_supervisor("RELOADING=1");
    ok = production_read(&again, &p) == STATUS_OK && production_read_tls(&p) == STATUS_OK &&
         use_certificate(running, &p);
    if (ok)
        log_level((enum log_level)p.configuration.log_level);
    log_event(ok ? LOG_INFO : LOG_ERROR, ok ? "reloaded" : "reload failed, nothing was changed");
    notify_supervisor("READY=1");
}

static void say_ready(const struct production *p, const struct server *s)
{
    const struct server_addresses *at = server_addresses(s);
    char https[8], http[8], management[8];

    snprintf(https, sizeof(https), "%u", at->https_port);
    snprintf(http, sizeof(http), "%u", at->http_port);
    snprintf(management, sizeof(management), "%u", at->management_port);
    log_event(LOG_INFO, "ready", { "host", str_from(p->configuration.hosts[0]) },
              { "https", str_from(https) }, { "http", str_from(http) },
              { "management", str_from(management) });
    notify_supervisor("READY=1");
}

/* A supervisor that has set a shorter limit to stopping lets us have the time that was asked for. */
static void leave(struct server *s, int64_t delay_s)
{
    char state[64];

    snprintf(state, sizeof(state), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
             (long long)(delay_s + STOP_S) * 1000000);
    log_event(LOG_INFO, "stopping");
    notify_supervisor(state);
    server_leave(s, delay_s);
}

static enum status run_until_stopped(struct production *p)
{
    struct server *server = NULL;
    enum status status = production_start(p, SERVER_PRODUCTION, &server);

    if (status != STATUS_OK)
        return status;
    warn_of_certificate(p);
    say_ready(p, server);
    while (signals_wait() == SIGHUP)
        reload(p);
    signals_let_kill();
    leave(server, p->configuration.stop_delay_s);
    server_stop(server);
    return STATUS_OK;
}

static enum status serve_run(const struct arguments *args)
{
    struct production p;
    enum status status;

    signals_hold();
    status = production_read(args, &p);
    if (status != STATUS_OK)
        return status;
    log_setup((enum log_format)p.configuration.log_format, (enum log_level)p.configuration.log_level);
    status = production_read_master_key(&p);
    if (status == STATUS_OK)
        status = production_read_tls(&p);
    if (status == STATUS_OK)
        status = run_until_stopped(&p);
    explicit_bzero(&p.master_key, sizeof(p.master_key));
    return status;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "Run the server in production",
    .details =
        "It serves the store that latchkey init has made, by its configuration file, in the foreground.\n\n"
        "SIGHUP reads the certificate and the level of the log again. SIGTERM lets balancers send clients "
        "elsewhere for stop.delaySeconds, finishes what is under way and ends; a second one ends at once.",
    .example = "latchkey serve --config /etc/latchkey/latchkey.yaml",
    .options = options,
    .run = serve_run,
};
