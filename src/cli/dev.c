/* SPDX-License-Identifier: Apache-2.0 */
/* The development server: one command, no configuration, loopback only. */
#include "base/log.h"
#include "cli/commands.h"
#include "cli/ready_file.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "server/files.h"
#include "server/server.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct option options[] = {
    { "data", "DIR", "Keep the data in this folder; without it they go with the server", false },
    { "store", "URL", "Keep the objects in a PostgreSQL database, postgresql://...; keys stay in the folder",
      false },
    { "http", "ADDR:PORT", "Where plain HTTP listens; 127.0.0.1:9080 unless named, port 0 picks a free one",
      false },
    { "https", "ADDR:PORT", "Where HTTPS listens; 127.0.0.1:9443 unless named", false },
    { "management", "ADDR:PORT", "Where health and metrics listen; 127.0.0.1:9091 unless named", false },
    { "host", "NAME", "A public host name to answer for besides the loopback ones", true },
    { "allow-remote", NULL, "Let listeners use addresses that other machines reach", false },
    { "fixture", "FILE",
      "JSON that fixes ids and secrets of the first start, by their names in the ready file", false },
    { "ready-file", "FILE", "Where to write URLs, ids and secrets when ready", false },
    { "log-format", "FORMAT", "How log lines look: text or json; text unless named", false },
    { "quiet", NULL, "No log line for each request", false },
    { NULL, NULL, NULL, false },
};

enum { HOSTS_MAX = 32 };

/* What the command has opened or made. */
struct dev {
    const struct arguments *args;
    struct server_options options;
    struct seeds seeds;
    const char *hosts[HOSTS_MAX + 1];
    char folder[64]; /* a temporary one, to be removed; "" otherwise */
    struct str ready, default_ready;
    struct server *server;
};

static enum status read_address(struct dev *d, const char *name, const char *otherwise, struct listen_at *ret)
{
    const char *text = argument_value(d->args, name, otherwise);

    if (listen_at_parse(d->args->arena, str_from(text), ret) != OK) {
        command_error(d->args, "Write an address and a port: 127.0.0.1:9080.", "--%s cannot be %s", name,
                      text);
        return STATUS_USAGE;
    }
    if (strcmp(ret->address, "localhost") == 0)
        ret->address = "127.0.0.1";
    if (listen_at_is_loopback(ret) || argument_given(d->args, "allow-remote"))
        return STATUS_OK;
    command_error(d->args, "A development server is for this machine; --allow-remote lifts that.",
                  "--%s %s would be reached from other machines", name, text);
    return STATUS_USAGE;
}

static enum status read_addresses(struct dev *d)
{
    enum status status = read_address(d, "http", "127.0.0.1:9080", &d->options.http);

    if (status == STATUS_OK)
        status = read_address(d, "https", "127.0.0.1:9443", &d->options.https);
    if (status == STATUS_OK)
        status = read_address(d, "management", "127.0.0.1:9091", &d->options.management);
    return status;
}

static enum status read_hosts(struct dev *d)
{
    size_t at = 0, n = 0;
    const char *host;

    while ((host = argument_next(d->args, "host", &at))) {
        if (n == HOSTS_MAX) {
            command_error(d->args, NULL, "there are more than %d hosts", HOSTS_MAX);
            return STATUS_USAGE;
        }
        d->hosts[n++] = host;
    }
    d->options.hosts = d->hosts;
    return STATUS_OK;
}

static const struct {
    const char *member;
    size_t offset;
    bool is_id;
} fixtures[] = {
    { "organizationId", offsetof(struct seeds, organization), true },
    { "licenseId", offsetof(struct seeds, license), true },
    { "environmentId", offsetof(struct seeds, environment), true },
    { "clientId", offsetof(struct seeds, client), true },
    { "clientSecret", offsetof(struct seeds, client_secret), false },
    { "adminUsername", offsetof(struct seeds, admin_username), false },
    { "adminPassword", offsetof(struct seeds, admin_password), false },
};

static enum err set_fixture(struct dev *d, struct str name, const struct json *value)
{
    for (size_t i = 0; i < LENGTH(fixtures); i++) {
        void *place = (char *)&d->seeds + fixtures[i].offset;

        if (!str_is(name, fixtures[i].member))
            continue;
        if (fixtures[i].is_id)
            return uuid_parse(json_str(value), place);
        *(struct str *)place = json_str(value);
        return json_str(value).len ? OK : INVALID;
    }
    return INVALID;
}

static enum status read_fixture(struct dev *d)
{
    const char *path = argument_value(d->args, "fixture", NULL);
    const struct json *file;
    struct json_fault fault = { .reason = "it cannot be read" };
    struct str text;

    d->options.seeds = &d->seeds;
    if (!path)
        return STATUS_OK;
    if (file_read(d->args->arena, path, &text) != OK ||
        json_parse(d->args->arena, text, &fault, &file) != OK) {
        command_error(d->args, NULL, "the fixture %s is not usable: %s", path, fault.reason);
        return STATUS_FAILURE;
    }
    json_each (m, file) {
        if (set_fixture(d, m.name, m.value) == OK)
            continue;
        command_error(d->args,
                      "It may have organizationId, licenseId, environmentId, clientId (UUIDs), clientSecret, "
                      "adminUsername and adminPassword.",
                      "the fixture %s has an unknown or unusable member \"%.*s\"", path, STR_FMT(m.name));
        return STATUS_FAILURE;
    }
    return STATUS_OK;
}

static enum status read_store(struct dev *d)
{
    d->options.store = argument_value(d->args, "store", NULL);
    if (!d->options.store)
        return STATUS_OK;
    if (!argument_given(d->args, "data")) {
        command_error(d->args, "Without the keys that lie there nobody could read the database again.",
                      "--store needs a folder that stays: --data DIR");
        return STATUS_USAGE;
    }
    if (store_is_url(d->options.store))
        return STATUS_OK;
    command_error(d->args, "Write postgresql://USER@HOST/DATABASE, or name a folder with --data.",
                  "--store %s is no URL of a PostgreSQL database", d->options.store);
    return STATUS_USAGE;
}

static enum status choose_folder(struct dev *d)
{
    d->options.data = argument_value(d->args, "data", NULL);
    if (d->options.data)
        return STATUS_OK;
    snprintf(d->folder, sizeof(d->folder), "/tmp/latchkey-dev-XXXXXX");
    d->options.data = mkdtemp(d->folder);
    if (d->options.data)
        return STATUS_OK;
    d->folder[0] = '\0';
    command_error(d->args, "Name a folder with --data.", "no temporary folder can be made: %s",
                  strerror(errno));
    return STATUS_STORE;
}

static enum status read_log_format(struct dev *d)
{
    const char *format = argument_value(d->args, "log-format", "text");
    bool json = strcmp(format, "json") == 0;

    if (!json && strcmp(format, "text") != 0) {
        command_error(d->args, "It is text or json.", "there is no log format \"%s\"", format);
        return STATUS_USAGE;
    }
    log_setup(json ? LOG_JSON : LOG_TEXT, LOG_INFO);
    d->options.log_requests = !argument_given(d->args, "quiet");
    return STATUS_OK;
}

static void write_ids(struct buf *b, const struct seeded *s)
{
    json_add_id(b, "organizationId", s->organization);
    json_add_id(b, "licenseId", s->license);
    json_add_id(b, "environmentId", s->environment);
    json_add_id(b, "clientId", s->client);
}

enum { ORIGIN_SIZE = sizeof("https://localhost:65535") };

/* "https://localhost:9443", without the port that the scheme has itself: clients compare an issuer with the
 * URL they were given, and leave such a port out. */
static const char *origin(const char *scheme, uint16_t port, char text[ORIGIN_SIZE])
{
    bool own = port == (strcmp(scheme, "https") == 0 ? 443 : 80);

    snprintf(text, ORIGIN_SIZE, own ? "%s://localhost" : "%s://localhost:%u", scheme, port);
    return text;
}

static void write_url(struct buf *b, const char *name, const char *scheme, uint16_t port, const char *path)
{
    char text[ORIGIN_SIZE];

    json_key(b, name);
    buf_printf(b, "\"%s%s\"", origin(scheme, port, text), path);
}

static enum err ready_text(struct dev *d, struct str *ret)
{
    const struct server_addresses *at = server_addresses(d->server);
    const struct seeded *s = server_seeded(d->server);
    struct buf b = buf_make(d->args->arena, BUF_NO_LIMIT);
    char *ca = realpath(at->ca_file.p, NULL);

    json_open(&b, '{');
    write_url(&b, "httpUrl", "http", at->http_port, "");
    write_url(&b, "httpsUrl", "https", at->https_port, "");
    write_url(&b, "managementUrl", "http", at->management_port, "");
    write_url(&b, "apiUrl", "https", at->https_port, "/v1");
    write_url(&b, "authUrl", "https", at->https_port, "");
    json_add_str(&b, "caFile", ca ? str_from(ca) : at->ca_file);
    write_ids(&b, s);
    json_add_str(&b, "clientSecret", s->client_secret);
    json_add_str(&b, "adminUsername", s->admin_username);
    json_add_str(&b, "adminPassword", s->admin_password);
    json_close(&b, '}');
    buf_add_char(&b, '\n');
    free(ca);
    return buf_finish(&b, ret);
}

/* The default place serves `latchkey env` and `latchkey token`; without it only a named file does. */
static enum err write_ready(struct dev *d)
{
    const char *named = argument_value(d->args, "ready-file", NULL);
    struct str text;

    TRY(ready_text(d, &text));
    if (ready_make_folder(d->args->arena) == OK) {
        TRY(ready_default_path(d->args->arena, &d->default_ready));
        if (file_write(d->args->arena, d->default_ready.p, text) != OK)
            d->default_ready = STR_NONE;
    }
    if (!named)
        return OK;
    d->ready = str_from(named);
    return file_write(d->args->arena, named, text);
}

/* Fits 80 columns and 24 lines. */
static void print_ready(struct dev *d)
{
    const struct server_addresses *at = server_addresses(d->server);
    const struct seeded *s = server_seeded(d->server);
    char environment[UUID_TEXT_LENGTH + 1], client[UUID_TEXT_LENGTH + 1];
    char http[ORIGIN_SIZE], https[ORIGIN_SIZE], management[ORIGIN_SIZE];

    uuid_format(s->environment, environment);
    uuid_format(s->client, client);
    (void)origin("http", at->http_port, http);
    (void)origin("https", at->https_port, https);
    terminal_heading(stdout, "Latchkey is ready.");
    printf("  API           %s/v1\n", https);
    printf("  Sign-on       %s/%s/as\n", https, environment);
    printf("  Plain HTTP    %s (the same paths)\n", http);
    printf("  Health        %s/readyz\n", origin("http", at->management_port, management));
    printf("  Trust         %.*s\n\n", STR_FMT(at->ca_file));
    printf("  Environment   %s\n", environment);
    printf("  Client        %s\n", client);
    printf("  Secret        %.*s\n", STR_FMT(s->client_secret));
    printf("  Administrator %.*s, password %.*s\n\n", STR_FMT(s->admin_username), STR_FMT(s->admin_password));
    printf("A token:\n  curl -s %s/as/token -d grant_type=client_credentials \\\n"
           "    -u %s:\\\n%.*s\n\n",
           http, client, STR_FMT(s->client_secret));
    printf("%s %s\nStop with Ctrl-C.\n", d->folder[0] ? "The data go when it stops:" : "The data are kept in",
           d->options.data);
    fflush(stdout);
}

static enum status start(struct dev *d)
{
    static const char port_hint[] = "Stop that program, or name another port; port 0 picks a free one.";
    struct server_fault fault;
    enum err e = server_start(&d->options, &fault, &d->server);

    if (e == OK)
        return STATUS_OK;
    command_error(d->args, fault.kind == FAULT_PORT ? port_hint : NULL, "%s", fault.message);
    if (fault.kind == FAULT_PORT)
        return STATUS_PORT_IN_USE;
    return fault.kind == FAULT_STORE ? STATUS_STORE : STATUS_FAILURE;
}

static enum status serve(struct dev *d)
{
    enum err e = write_ready(d);

    if (e != OK) {
        command_error(d->args, NULL, "the ready file %.*s cannot be written: %s", STR_FMT(d->ready),
                      err_name(e));
        return STATUS_FAILURE;
    }
    print_ready(d);
    (void)signals_wait();
    signals_let_kill();
    fprintf(stderr, "Stopping.\n");
    return STATUS_OK;
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(folder);
}

static void clean_up(struct dev *d)
{
    server_stop(d->server);
    if (!str_is_none(d->ready))
        unlink(d->ready.p);
    if (!str_is_none(d->default_ready))
        unlink(d->default_ready.p);
    if (d->folder[0])
        remove_folder(d->folder);
}

static enum status dev_run(const struct arguments *args)
{
    enum status (*const steps[])(struct dev *) = {
        read_addresses, read_hosts, read_fixture, read_log_format, read_store, choose_folder, start
    };
    struct dev d = { .args = args };
    enum status status = STATUS_OK;

    signals_hold();
    for (size_t i = 0; i < LENGTH(steps) && status == STATUS_OK; i++)
        status = steps[i](&d);
    if (status == STATUS_OK)
        status = serve(&d);
    clean_up(&d);
    return status;
}

const struct command command_dev = {
    .name = "dev",
    .summary = "Run a server for development and tests on this machine",
    .details =
        "It seeds an organization with its Administrators environment and a worker that may do everything, "
        "prints where it is, and runs until it is stopped.",
    .example = "latchkey dev --data ./latchkey-data",
    .options = options,
    .run = dev_run,
};
