/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings, and the JSON Schema it makes. */
#include "server/setting.h"

#include "json/json.h"

static const char *const levels[] = { "debug", "info", "warning", "error", NULL };
static const char *const formats[] = { "text", "json", NULL };

#define AT(member) offsetof(struct configuration, member)

const struct setting settings[] = {
    { "store", SETTING_STORE, AT(store), .required = true,
      .help =
          "Where the objects are: a folder for the embedded store, or postgresql://USER@HOST/DATABASE, whose "
          "password PGPASSFILE or PGPASSWORD gives" },
    { "hosts", SETTING_HOSTS, AT(hosts), .required = true,
      .help = "The public host names that are answered, without ports; a request for any other is refused" },
    { "masterKey", SETTING_SECRET, AT(master_key), .required = true,
      .help =
          "The key that seals client secrets and private keys in the store; init makes the file when it is "
          "not there" },
    { "listen.https", SETTING_ADDRESS, AT(https), .help = "Where HTTPS listens, ADDR:PORT; it needs tls" },
    { "listen.http", SETTING_ADDRESS, AT(http),
      .help = "Where plain HTTP listens: on a loopback address, or behind trusted proxies" },
    { "listen.management", SETTING_ADDRESS, AT(management), .otherwise = "127.0.0.1:9091",
      .help = "Where health and metrics listen" },
    { "tls.certificate", SETTING_FILE, AT(certificate),
      .help = "PEM file of the certificate and its chain, leaf first; SIGHUP reads it again" },
    { "tls.key", SETTING_FILE, AT(key), .help = "PEM file of its private key, for the server's user alone" },
    { "trustedProxies", SETTING_NETWORKS, AT(proxies),
      .help = "Networks of TLS terminators whose X-Forwarded-For, -Proto and -Host are believed" },
    { "limits.connectionsPerAddress", SETTING_NUMBER, AT(connections_per_address), .least = 1, .most = 100000,
      .otherwise = "256",
      .help = "Connections one address may have open, loopback and trusted proxies aside" },
    { "limits.bodyBytes", SETTING_NUMBER, AT(body_bytes), .least = 1024, .most = 64 * 1024 * 1024,
      .otherwise = "1048576", .help = "How long the body of a request may be" },
    { "limits.workers", SETTING_NUMBER, AT(workers), .least = 1, .most = 1024, .otherwise = "64",
      .help = "Threads that write, sign, list and read" },
    { "limits.waiting", SETTING_NUMBER, AT(waiting), .least = 1, .most = 100000, .otherwise = "2048",
      .help = "Requests that may wait for a worker; more are answered 503" },
    { "limits.passwordsWaiting", SETTING_NUMBER, AT(passwords_waiting), .least = 1, .most = 100000,
      .otherwise = "256", .help = "Passwords that may wait to be hashed; more are answered 429 or 503" },
    { "events.retentionDays", SETTING_NUMBER, AT(event_days), .least = 1, .most = 36500, .otherwise = "730",
      .help = "For how many days the record of a change is kept; those of a deleted environment go with it" },
    { "stop.delaySeconds", SETTING_NUMBER, AT(stop_delay_s), .least = 0, .most = 3600, .otherwise = "5",
      .help = "For how many seconds after SIGTERM requests are still taken, while /readyz answers 503 and "
              "each answer "
              "closes its connection" },
    { "log.level", SETTING_CHOICE, AT(log_level), .otherwise = "info", .choices = levels,
      .help = "The lowest level that is written; SIGHUP reads it again" },
    { "log.format", SETTING_CHOICE, AT(log_format), .otherwise = "json", .choices = formats,
      .help = "How log lines look" },
    { "log.requests", SETTING_FLAG, AT(log_requests), .otherwise = "true",
      .help = "A line for each request" },
    { NULL },
};

static void write_list(struct buf *b, const char *format)
{
    json_add_str(b, "type", STR("array"));
    json_open_member(b, "items", '{');
    json_add_str(b, "type", STR("string"));
    if (format)
        json_add_str(b, "format", str_from(format));
    json_close(b, '}');
}

static void write_secret(struct buf *b)
{
    static const char *const sources[] = { "file", "environment" };

    json_add_str(b, "type", STR("object"));
    json_add_int(b, "minProperties", 1);
    json_add_int(b, "maxProperties", 1);
    json_add_bool(b, "additionalProperties", false);
    json_open_member(b, "properties", '{');
    for (size_t i = 0; i < LENGTH(sources); i++) {
        json_open_member(b, sources[i], '{');
        json_add_str(b, "type", STR("string"));
        if (i == 1)
            json_add_str(b, "pattern", STR("^LATCHKEY_[A-Z0-9_]+$"));
        json_close(b, '}');
    }
    json_close(b, '}');
}

static void write_number(struct buf *b, const struct setting *s)
{
    int64_t otherwise = 0;

    json_add_str(b, "type", STR("integer"));
    json_add_int(b, "minimum", s->least);
    json_add_int(b, "maximum", s->most);
    if (str_int(str_from(s->otherwise), &otherwise) == OK)
        json_add_int(b, "default", otherwise);
}

static void write_text(struct buf *b, const struct setting *s)
{
    json_add_str(b, "type", STR("string"));
    if (s->kind == SETTING_FILE)
        json_add_str(b, "pattern", STR("^/"));
    if (s->kind == SETTING_ADDRESS)
        json_add_str(b, "pattern", STR("^.+:[0-9]+$"));
    if (s->choices) {
        json_open_member(b, "enum", '[');
        for (const char *const *c = s->choices; *c; c++)
            json_add_str(b, NULL, str_from(*c));
        json_close(b, ']');
    }
    if (s->otherwise)
        json_add_str(b, "default", str_from(s->otherwise));
}

static void write_setting(struct buf *b, const struct setting *s, const char *name)
{
    json_open_member(b, name, '{');
    json_add_str(b, "description", str_from(s->help));
    if (s->kind == SETTING_HOSTS || s->kind == SETTING_NETWORKS)
        write_list(b, s->kind == SETTING_HOSTS ? "hostname" : NULL);
    else if (s->kind == SETTING_SECRET)
        write_secret(b);
    else if (s->kind == SETTING_NUMBER)
        write_number(b, s);
    else if (s->kind == SETTING_FLAG) {
        json_add_str(b, "type", STR("boolean"));
        json_add_bool(b, "default", strcmp(s->otherwise, "true") == 0);
    } else {
        write_text(b, s);
    }
    json_close(b, '}');
}

/* From the first setting of a section to behind its last. */
static const struct setting *write_section(struct buf *b, const struct setting *s, size_t length)
{
    const struct setting *first = s;
    struct str section = { first->path, length };

    json_key_str(b, section);
    json_open(b, '{');
    json_add_str(b, "type", STR("object"));
    json_add_bool(b, "additionalProperties", false);
    json_open_member(b, "properties", '{');
    for (; s->path && strncmp(s->path, first->path, length + 1) == 0; s++)
        write_setting(b, s, s->path + length + 1);
    json_close(b, '}');
    json_close(b, '}');
    return s;
}

static void write_required(struct buf *b)
{
    json_open_member(b, "required", '[');
    for (const struct setting *s = settings; s->path; s++)
        if (s->required)
            json_add_str(b, NULL, str_from(s->path));
    json_close(b, ']');
}

void configuration_schema(struct buf *b)
{
    const struct setting *s = settings;

    json_open(b, '{');
    json_add_str(b, "$schema", STR("https://json-schema.org/draft/2020-12/schema"));
    json_add_str(b, "title", STR("Configuration of latchkey serve"));
    json_add_str(b, "type", STR("object"));
    json_add_bool(b, "additionalProperties", false);
    json_open_member(b, "properties", '{');
    while (s->path) {
        size_t length = strcspn(s->path, ".");

        if (s->path[length]) {
            s = write_section(b, s, length);
        } else {
            write_setting(b, s, s->path);
            s++;
        }
    }
    json_close(b, '}');
    write_required(b);
    json_close(b, '}');
    buf_add_char(b, '\n');
}
