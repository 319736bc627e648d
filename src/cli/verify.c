/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a store holds together: a stopped server's, or a copy. One line a fault. */
#include "resource/verify.h"
#include "cli/commands.h"
#include "cli/production.h"
#include "crypto/digest.h"
#include "platform/platform.h"
#include "server/master_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const struct option options[] = {
    { "config", "FILE", "The configuration file that names the store and the master key", false },
    { "data", "DIR", "The folder to verify, and of the master key; no server may be running on it", false },
    { "store", "URL", "Verify this PostgreSQL database instead of the one in the folder", false },
    { NULL, NULL, NULL, false },
};

enum { FAULTS_SHOWN_MAX = 1000 };

struct run {
    const struct arguments *args;
    const char *named;            /* the folder, or the configuration file */
    const char *where;            /* the store: a folder or a URL */
    struct production production; /* the configuration, if that is named; the master key */
    struct registry *registry;
    struct store *store;
    bool moving; /* progress is being shown */
    int64_t shown;
};

/* Where the store is. */
static enum status find(struct run *r)
{
    const char *file = argument_value(r->args, "config", NULL);
    const char *folder = argument_value(r->args, "data", NULL);
    enum status status;

    if (!file == !folder || (file && argument_given(r->args, "store"))) {
        command_error(r->args, "Write --config FILE, or --data DIR.",
                      file ? "the configuration names the store already" : "what is to be verified?");
        return STATUS_USAGE;
    }
    r->named = file ? file : folder;
    r->where = argument_value(r->args, "store", folder);
    if (!file)
        return STATUS_OK;
    status = production_read(r->args, &r->production);
    r->where = r->production.configuration.store;
    return status;
}

static enum status read_key(struct run *r)
{
    struct str path;
    enum err e;

    if (argument_given(r->args, "config"))
        return production_read_master_key(&r->production);
    e = str_printf(r->args->arena, &path, "%s/master.key", r->named);
    if (e == OK)
        e = master_key_read(r->args->arena, path.p, &r->production.master_key);
    if (e == OK)
        return STATUS_OK;
    command_error(r->args,
                  "The key that the server made beside the database is needed to open what is sealed.",
                  "the master key %s/master.key cannot be used: %s", r->named, err_name(e));
    return STATUS_STORE;
}

static enum status open_store(struct run *r)
{
    struct store_fault fault;

    if (store_open_to_read(r->where, &fault, &r->store) == OK)
        return STATUS_OK;
    command_error(r->args, NULL, "%s", fault.message);
    return STATUS_STORE;
}

static void wipe_progress(struct run *r)
{
    if (r->moving)
        fputs("\r\033[K", stderr);
    r->moving = false;
}

static void show_progress(void *arg, const struct verify_totals *so_far)
{
    struct run *r = arg;

    fprintf(stderr, "\r%" PRId64 " objects, %" PRId64 " faults", so_far->objects, so_far->faults);
    fflush(stderr);
    r->moving = true;
}

static void show_fault(void *arg, const struct verify_fault *f)
{
    char environment[UUID_TEXT_LENGTH + 1], id[UUID_TEXT_LENGTH + 1];
    struct run *r = arg;

    wipe_progress(r);
    if (++r->shown > FAULTS_SHOWN_MAX)
        return;
    uuid_format(f->environment, environment);
    uuid_format(f->id, id);
    printf("environment %s, %.*s %s", uuid_is_nil(f->environment) ? "none" : environment, STR_FMT(f->type),
           id);
    if (f->attribute.len)
        printf(", %.*s", STR_FMT(f->attribute));
    printf(": %.*s.\n", STR_FMT(f->what));
}

static enum status conclude(struct run *r, const struct verify_totals *t)
{
    wipe_progress(r);
    if (t->faults > FAULTS_SHOWN_MAX)
        printf("... and %" PRId64 " more.\n", t->faults - FAULTS_SHOWN_MAX);
    printf("Looked at %" PRId64 " objects (%" PRId64 " of them expired), %" PRId64 " unique and index rows,\n"
           "%" PRId64 " references, %" PRId64 " sealed secrets, %" PRId64 " counters.\n",
           t->objects, t->expired, t->rows, t->references, t->seals, t->counters);
    if (t->faults)
        printf("%" PRId64 " fault%s.\n", t->faults, t->faults == 1 ? "" : "s");
    else
        printf("No fault found.\n");
    return t->faults ? STATUS_STORE : STATUS_OK;
}

static enum status look(struct run *r)
{
    struct verification v = { .store = r->store,
                              .registry = r->registry,
                              .key = &r->production.master_key,
                              .fault = show_fault,
                              .arg = r };
    struct verify_totals totals;
    enum err e;

    if (isatty(STDERR_FILENO))
        v.progress = show_progress;
    e = verify_store(&v, &totals);
    if (e == OK)
        return conclude(r, &totals);
    wipe_progress(r);
    command_error(r->args, e == CORRUPT ? "Restore a backup." : NULL,
                  "the database of %s cannot be read to its end: %s", r->named, err_name(e));
    return e == NO_MEMORY ? STATUS_FAILURE : STATUS_STORE;
}

static enum status compile_types(struct run *r)
{
    struct schema_fault fault = { "" };

    if (crypto_init() == OK && registry_new(platform_hooks, &fault, &r->registry) == OK)
        return STATUS_OK;
    command_error(r->args, NULL, "the program's own resource types do not compile: %s", fault.message);
    return STATUS_FAILURE;
}

static enum status verify_run(const struct arguments *args)
{
    enum status (*const steps[])(struct run *) = { find, open_store, read_key, compile_types, look };
    struct run r = { .args = args };
    enum status status = STATUS_OK;

    for (size_t i = 0; i < LENGTH(steps) && status == STATUS_OK; i++)
        status = steps[i](&r);
    store_close(r.store);
    registry_free(r.registry);
    explicit_bzero(&r.production.master_key, sizeof(r.production.master_key));
    return status;
}

const struct command command_verify = {
    .name = "verify",
    .summary = "Check that a store holds together",
    .details =
        "It looks at every object, the rows beside it, what it refers to, its sealed secrets and the "
        "counters, and names what is wrong. It changes nothing. It needs the configuration of a server that "
        "is "
        "stopped, its folder, or a copy of its database with the master key beside it. Of a PostgreSQL "
        "database it looks at one snapshot, also while servers run on it.\n\n"
        "It ends with 0 when no fault was found, and with 5 when there is one or the store cannot be "
        "read.",
    .example = "latchkey verify --data ./latchkey-data",
    .options = options,
    .run = verify_run,
};
