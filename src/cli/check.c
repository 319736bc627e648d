/* SPDX-License-Identifier: Apache-2.0 */
/* Whether latchkey serve would start: everything that can be looked at without starting it. */
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/production.h"
#include "crypto/x509.h"

#include <stdio.h>

static const struct option options[] = {
    PRODUCTION_CONFIG,
    { "schema", NULL, "Print the JSON Schema of the configuration file, and check nothing", false },
    { NULL, NULL, NULL, false },
};

static enum status print_schema(const struct arguments *args)
{
    struct buf b = buf_make(args->arena, BUF_NO_LIMIT);
    struct str text;

    configuration_schema(&b);
    if (buf_finish(&b, &text) != OK)
        return STATUS_FAILURE;
    printf("%.*s", STR_FMT(text));
    return STATUS_OK;
}

static enum status explain_validity(struct production *p, int64_t now_ms)
{
    bool expired = p->validity.until_ms < now_ms;
    char at[CLOCK_TEXT_SIZE];

    clock_format(expired ? p->validity.until_ms : p->validity.from_ms, at);
    command_error(p->args,
                  expired ? "Have it issued again; the server serves it with a warning, clients refuse it."
                          : "Is the machine's clock right?",
                  expired ? "%s expired at %s" : "%s is not valid before %s", p->configuration.certificate,
                  at);
    return STATUS_CONFIGURATION;
}

static enum status check_tls(struct production *p)
{
    const struct configuration *c = &p->configuration;
    enum status status = production_read_tls(p);
    int64_t now = clock_now_ms();
    bool good = false;

    if (status == STATUS_OK)
        status = production_use_tls(p);
    if (status != STATUS_OK || !c->certificate)
        return status;
    if (!x509_period_has(&p->validity, now))
        return explain_validity(p, now);
    if (x509_serves(p->tls.certificate_pem, c->hosts, now, &good) == OK && good)
        return STATUS_OK;
    command_error(p->args, "Have it issued again for the names in hosts.", "%s does not name all hosts",
                  c->certificate);
    return STATUS_CONFIGURATION;
}

static enum status explain_installation(struct production *p, enum err e)
{
    if (e == NOT_FOUND)
        command_error(p->args, "Run latchkey init.", "the store is empty");
    else if (e == CORRUPT || e == INVALID)
        command_error(p->args, NULL, "the store does not open with this master key");
    else
        command_error(p->args, NULL, "the store cannot be read: %s", err_name(e));
    return STATUS_STORE;
}

static enum status check_installation(struct production *p, struct store *store)
{
    struct site site = { .store = store, .master_key = p->master_key };
    struct seeded seeded = { 0 };
    enum err e = platform_read(&site, p->args->arena, &seeded);

    if (e != OK)
        return explain_installation(p, e);
    if (seeded.production)
        return STATUS_OK;
    command_error(p->args, "Name an empty store, and run latchkey init.",
                  "the store is a development server's");
    return STATUS_STORE;
}

/* A server may be running on it. */
static enum status check_store(struct production *p)
{
    struct store_fault fault;
    struct store *store = NULL;
    enum err e = store_open_beside(p->configuration.store, &fault, &store);
    enum status status;

    if (e != OK) {
        command_error(p->args, e == NOT_FOUND ? "Run latchkey init." : NULL, "%s", fault.message);
        return STATUS_STORE;
    }
    status = check_installation(p, store);
    store_close(store);
    return status;
}

static enum status check_run(const struct arguments *args)
{
    enum status (*const steps[])(struct production *) = { production_read_master_key, check_tls,
                                                          check_store };
    struct production p;
    enum status status;

    if (argument_given(args, "schema"))
        return print_schema(args);
    status = production_read(args, &p);
    if (status == STATUS_OK && crypto_init() != OK)
        status = STATUS_FAILURE;
    for (size_t i = 0; i < LENGTH(steps) && status == STATUS_OK; i++)
        status = steps[i](&p);
    if (status == STATUS_OK)
        printf("No fault found: latchkey serve can start.\n");
    explicit_bzero(&p.master_key, sizeof(p.master_key));
    return status;
}

const struct command command_check = {
    .name = "check",
    .summary = "Check the configuration and what it names",
    .details = "It reads the configuration file, the master key, the certificate and its key, and looks "
               "whether they "
               "fit together, whether the store can be reached and has this program's schema, and whether "
               "the master "
               "key opens it, also beside a running server. It changes nothing.",
    .example = "latchkey check --config /etc/latchkey/latchkey.yaml",
    .options = options,
    .run = check_run,
};
