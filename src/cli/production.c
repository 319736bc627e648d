/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration file to a server's options. */
#include "cli/production.h"

#include "cli/commands.h"
#include "server/files.h"

static enum status explain(const struct arguments *args, const char *file,
                           const struct configuration_fault *f)
{
    const char *hint = f->hint[0] ? f->hint : NULL;

    if (f->line)
        command_error(args, hint, "%s:%zu:%zu: %s", file, f->line, f->column, f->message);
    else
        command_error(args, hint, "%s: %s", file, f->message);
    return STATUS_CONFIGURATION;
}

/* Counts that the table has checked fit. */
static void fill_options(struct production *p)
{
    const struct configuration *c = &p->configuration;

    p->options = (struct server_options){
        .store = c->store,
        .http = c->http,
        .https = c->https,
        .management = c->management,
        .hosts = c->hosts,
        .log_requests = c->log_requests,
        .master_key = &p->master_key,
        .tls = c->certificate ? &p->tls : NULL,
        .trust = { c->proxies.items, c->proxies.n },
        .limits = { .connections_per_address = (unsigned)c->connections_per_address,
                    .workers = (unsigned)c->workers,
                    .body_bytes = (size_t)c->body_bytes,
                    .waiting = (size_t)c->waiting,
                    .passwords_waiting = (size_t)c->passwords_waiting },
        .event_days = c->event_days,
    };
}

enum status production_read(const struct arguments *args, struct production *ret)
{
    const char *file = argument_value(args, "config", "/etc/latchkey/latchkey.yaml");
    struct configuration_fault fault = { 0 };

    *ret = (struct production){ .args = args };
    if (configuration_read(args->arena, file, &fault, &ret->configuration) != OK)
        return explain(args, file, &fault);
    fill_options(ret);
    return STATUS_OK;
}

enum status production_read_master_key(struct production *p)
{
    const struct secret_source *from = &p->configuration.master_key;
    enum err e = configuration_master_key(p->args->arena, &p->configuration, &p->master_key);

    if (e == OK)
        return STATUS_OK;
    command_error(p->args,
                  e == NOT_FOUND ? "latchkey init makes the file; afterwards only a copy of it helps." : NULL,
                  "the master key %s%s cannot be used: %s", from->file ? "" : "in the variable ",
                  from->file ? from->file : from->variable,
                  e == NOT_FOUND ? "it is not there"
                  : e == INVALID ? "that is no master key"
                                 : err_name(e));
    return STATUS_CONFIGURATION;
}

static enum status read_file(struct production *p, const char *path, struct str *ret)
{
    enum err e = file_read(p->args->arena, path, ret);

    if (e == OK)
        return STATUS_OK;
    command_error(p->args, NULL, "%s cannot be read: %s", path,
                  e == NOT_FOUND ? "it is not there" : err_name(e));
    return STATUS_CONFIGURATION;
}

enum status production_read_tls(struct production *p)
{
    enum status status = STATUS_OK;

    if (!p->configuration.certificate)
        return STATUS_OK;
    status = read_file(p, p->configuration.certificate, &p->tls.certificate_pem);
    if (x509_period_read(p->tls.certificate_pem, &p->validity) != OK)
        p->validity =
            (struct x509_period){ INT64_MIN, INT64_MAX }; /* what is none does not fit its key either */
    return status == STATUS_OK ? read_file(p, p->configuration.key, &p->tls.key_pem) : status;
}

enum status production_use_tls(const struct production *p)
{
    const struct configuration *c = &p->configuration;

    if (!c->certificate || http_tls_use(&p->tls) == OK)
        return STATUS_OK;
    command_error(p->args, NULL, "%s and %s do not fit together, or are none", c->certificate, c->key);
    return STATUS_CONFIGURATION;
}

enum status production_start(struct production *p, enum server_mode mode, struct server **ret)
{
    struct server_fault fault;

    p->options.mode = mode;
    if (server_start(&p->options, &fault, ret) == OK)
        return STATUS_OK;
    command_error(p->args, NULL, "%s", fault.message);
    if (fault.kind == FAULT_PORT)
        return STATUS_PORT_IN_USE;
    return fault.kind == FAULT_STORE ? STATUS_STORE : STATUS_FAILURE;
}
