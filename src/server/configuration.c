/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML's nodes to the struct, by the table of settings. The first fault ends it, with its place. */
#include "server/configuration.h"

#include "base/suggest.h"
#include "server/files.h"
#include "server/master_key.h"
#include "server/setting.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <yaml.h>

enum { SETTINGS_MAX = 64 };

struct reader {
    struct arena *arena;
    struct configuration_fault *fault;
    struct configuration *c;
    yaml_document_t *document;
    const yaml_node_t *given[SETTINGS_MAX]; /* where each setting stands; NULL: nowhere */
};

static enum err complain(struct reader *r, const yaml_node_t *at, const char *format, ...) PRINTF(3, 4);

/* -> INVALID, always */
static enum err complain(struct reader *r, const yaml_node_t *at, const char *format, ...)
{
    va_list args;

    if (at) {
        r->fault->line = at->start_mark.line + 1;
        r->fault->column = at->start_mark.column + 1;
    }
    va_start(args, format);
    vsnprintf(r->fault->message, sizeof(r->fault->message), format, args);
    va_end(args);
    return INVALID;
}

static void advise(struct reader *r, const char *format, ...) PRINTF(2, 3);

static void advise(struct reader *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->fault->hint, sizeof(r->fault->hint), format, args);
    va_end(args);
}

static struct str text_of(const yaml_node_t *n)
{
    return (struct str){ (const char *)n->data.scalar.value, n->data.scalar.length };
}

/* A value as it stands in the file, or a default: then `at` is NULL. */
struct written {
    const struct setting *setting;
    struct str text;
    const yaml_node_t *at;
    void *place;
};

static const char *text_z(struct reader *r, struct str text)
{
    return str_index(text, '\0') < text.len ? NULL : str_z(r->arena, text);
}

static enum err set_text(struct reader *r, const struct written *w)
{
    const char *z = text_z(r, w->text);

    if (!z || !*z)
        return complain(r, w->at, "%s is empty", w->setting->path);
    *(const char **)w->place = z;
    return OK;
}

static enum err set_file(struct reader *r, const struct written *w)
{
    if (!str_starts(w->text, STR("/"))) {
        advise(r, "Write an absolute path: the server does not start in your folder.");
        return complain(r, w->at, "%s is no absolute path: %.*s", w->setting->path, STR_FMT(w->text));
    }
    return set_text(r, w);
}

/* libpq takes a password in the URL; here it would lie in a file that backups and colleagues read. */
static enum err set_store(struct reader *r, const struct written *w)
{
    size_t at = str_index(w->text, '@'), scheme = strlen("postgresql://");
    struct str user = str_slice(w->text, scheme, at);

    TRY(set_text(r, w));
    if (!store_is_url(*(const char **)w->place))
        return set_file(r, w);
    if ((at < w->text.len && str_index(user, ':') < user.len) ||
        strstr(*(const char **)w->place, "password=")) {
        advise(r, "Put it into a file of the server's user and name that by PGPASSFILE.");
        return complain(r, w->at, "a password may not stand in %s", w->setting->path);
    }
    return OK;
}

/* "127.0.0.1:9080", "[::1]:9080" */
static enum err set_address(struct reader *r, const struct written *w)
{
    struct listen_at *ret = w->place;
    struct network address;
    enum err e = listen_at_parse(r->arena, w->text, ret);

    if (e == NO_MEMORY)
        return e;
    if (e == OK && network_parse(str_from(ret->address), &address) == OK && !strchr(ret->address, '/'))
        return OK;
    advise(r, "Write an address and a port: 0.0.0.0:9443, [::]:9443.");
    return complain(r, w->at, "%s cannot be %.*s", w->setting->path, STR_FMT(w->text));
}

static enum err set_number(struct reader *r, const struct written *w)
{
    const struct setting *s = w->setting;
    int64_t n;

    if (str_int(w->text, &n) != OK)
        return complain(r, w->at, "%s is no number: %.*s", s->path, STR_FMT(w->text));
    if (n < s->least || n > s->most)
        return complain(r, w->at, "%s may be from %lld to %lld, not %lld", s->path, (long long)s->least,
                        (long long)s->most, (long long)n);
    *(int64_t *)w->place = n;
    return OK;
}

static enum err set_flag(struct reader *r, const struct written *w)
{
    if (!str_is(w->text, "true") && !str_is(w->text, "false"))
        return complain(r, w->at, "%s is true or false, not %.*s", w->setting->path, STR_FMT(w->text));
    *(bool *)w->place = str_is(w->text, "true");
    return OK;
}

static enum err set_choice(struct reader *r, const struct written *w)
{
    struct suggestion best = suggestion_for(w->text);

    for (int64_t i = 0; w->setting->choices[i]; i++) {
        suggestion_offer(&best, w->setting->choices[i]);
        if (!str_is(w->text, w->setting->choices[i]))
            continue;
        *(int64_t *)w->place = i;
        return OK;
    }
    if (best.name)
        advise(r, "Did you mean %s?", best.name);
    return complain(r, w->at, "%s cannot be %.*s", w->setting->path, STR_FMT(w->text));
}

typedef enum err setter(struct reader *r, const struct written *w);

static setter *const setters[] = {
    [SETTING_STORE] = set_store,   [SETTING_FILE] = set_file, [SETTING_ADDRESS] = set_address,
    [SETTING_NUMBER] = set_number, [SETTING_FLAG] = set_flag, [SETTING_CHOICE] = set_choice,
};

static void *place_of(struct reader *r, const struct setting *s)
{
    return (char *)r->c + s->offset;
}

static enum err read_scalar(struct reader *r, const struct setting *s, const yaml_node_t *n)
{
    struct written w = { .setting = s, .at = n, .place = place_of(r, s) };

    if (n->type != YAML_SCALAR_NODE)
        return complain(r, n, "%s is one value, not a list or section", s->path);
    w.text = text_of(n);
    return setters[s->kind](r, &w);
}

static const yaml_node_t *item_of(struct reader *r, const yaml_node_t *n, size_t i)
{
    return yaml_document_get_node(r->document, n->data.sequence.items.start[i]);
}

/* The items of a list of texts. */
static enum err read_items(struct reader *r, const struct setting *s, const yaml_node_t *n, struct str **ret,
                           size_t *ret_n)
{
    size_t count;
    struct str *items;

    if (n->type != YAML_SEQUENCE_NODE)
        return complain(r, n, "%s is a list: [a, b]", s->path);
    count = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    items = ARENA_ARRAY(r->arena, struct str, count + 1);
    if (!items)
        return NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = item_of(r, n, i);

        if (item->type != YAML_SCALAR_NODE)
            return complain(r, item, "%s is a list of texts", s->path);
        items[i] = text_of(item);
    }
    *ret = items;
    *ret_n = count;
    return OK;
}

static bool is_host(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.p[i]) && !strchr("-.[]:", s.p[i]))
            return false;
    return s.len > 0 && s.len <= 253 && (s.p[0] == '[' || str_index(s, ':') == s.len);
}

static enum err read_hosts(struct reader *r, const struct setting *s, const yaml_node_t *n)
{
    struct str *items;
    const char **hosts;
    size_t count;

    TRY(read_items(r, s, n, &items, &count));
    if (count == 0 || count > 32)
        return complain(r, n, "%s names from 1 to 32 hosts", s->path);
    hosts = ARENA_ARRAY(r->arena, const char *, count + 1);
    if (!hosts)
        return NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        if (!is_host(items[i])) {
            advise(r, "Write the name alone, without scheme and port: id.example.com.");
            return complain(r, item_of(r, n, i), "%s: \"%.*s\" is no host name", s->path, STR_FMT(items[i]));
        }
        hosts[i] = str_z(r->arena, items[i]);
        if (!hosts[i])
            return NO_MEMORY;
    }
    *(const char *const **)place_of(r, s) = hosts;
    return OK;
}

static enum err read_networks(struct reader *r, const struct setting *s, const yaml_node_t *n)
{
    struct networks *ret = place_of(r, s);
    struct str *items;
    size_t count;

    TRY(read_items(r, s, n, &items, &count));
    ret->items = ARENA_ARRAY(r->arena, struct network, count + 1);
    if (!ret->items)
        return NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        if (network_parse(items[i], &ret->items[i]) != OK) {
            advise(r, "Write an address or a range of them: 10.0.0.0/8, fd00::/8.");
            return complain(r, item_of(r, n, i), "%s: \"%.*s\" is no network", s->path, STR_FMT(items[i]));
        }
        if (ret->items[i].bits == 0 || ret->items[i].bits == 96)
            return complain(r, item_of(r, n, i), "%s: to trust every address is to trust everybody", s->path);
    }
    ret->n = count;
    return OK;
}

static enum err set_source(struct reader *r, const struct setting *s, const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(r->document, pair->value);
    struct secret_source *ret = place_of(r, s);
    struct written w = { .setting = s, .at = value };

    if (key->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE)
        return complain(r, value, "%s names one file or variable", s->path);
    w.text = text_of(value);
    w.place = &ret->file;
    if (str_is(text_of(key), "file"))
        return set_file(r, &w);
    if (!str_is(text_of(key), "environment"))
        return complain(r, key, "%s has file or environment, not %.*s", s->path, STR_FMT(text_of(key)));
    w.place = &ret->variable;
    if (!str_starts(w.text, STR("LATCHKEY_")))
        return complain(r, value, "%s: the variable's name must begin with LATCHKEY_", s->path);
    return set_text(r, &w);
}

static enum err read_secret(struct reader *r, const struct setting *s, const yaml_node_t *n)
{
    if (n->type == YAML_MAPPING_NODE && n->data.mapping.pairs.top - n->data.mapping.pairs.start == 1)
        return set_source(r, s, n->data.mapping.pairs.start);
    advise(r, "Write %s: { file: /PATH } or %s: { environment: LATCHKEY_NAME }.", s->path, s->path);
    return complain(r, n,
                    n->type == YAML_SCALAR_NODE ? "a secret may not stand in the file: %s"
                                                : "%s names one file or variable",
                    s->path);
}

static enum err read_setting(struct reader *r, const struct setting *s, const yaml_node_t *n)
{
    r->given[s - settings] = n;
    switch (s->kind) {
    case SETTING_HOSTS:
        return read_hosts(r, s, n);
    case SETTING_NETWORKS:
        return read_networks(r, s, n);
    case SETTING_SECRET:
        return read_secret(r, s, n);
    default:
        return read_scalar(r, s, n);
    }
}

/* What a section may hold: names behind its path. */
static enum err complain_unknown(struct reader *r, const char *section, const yaml_node_t *key)
{
    struct suggestion best = suggestion_for(text_of(key));
    char names[SETTINGS_MAX][40];
    size_t n = strlen(section);

    for (size_t i = 0; settings[i].path; i++) {
        if (strncmp(settings[i].path, section, n) != 0)
            continue;
        snprintf(names[i], sizeof(names[i]), "%.*s", (int)strcspn(settings[i].path + n, "."),
                 settings[i].path + n);
        suggestion_offer(&best, names[i]);
    }
    if (best.name)
        advise(r, "Did you mean %s?", best.name);
    else
        advise(r, "docs/configuration.md lists them.");
    return complain(r, key, "there is no setting %s%.*s", section, STR_FMT(text_of(key)));
}

static bool is_section(const char *path)
{
    size_t n = strlen(path);

    for (const struct setting *s = settings; s->path; s++)
        if (strncmp(s->path, path, n) == 0 && s->path[n] == '.')
            return true;
    return false;
}

static enum err read_section(struct reader *r, const char *section, const yaml_node_t *n);

static enum err read_pair(struct reader *r, const char *section, const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(r->document, pair->value);
    char path[96];

    if (key->type != YAML_SCALAR_NODE)
        return complain(r, key, "a setting's name is a word");
    snprintf(path, sizeof(path), "%s%.*s", section, STR_FMT(text_of(key)));
    for (const struct setting *s = settings; s->path; s++)
        if (strcmp(s->path, path) == 0)
            return read_setting(r, s, value);
    if (section[0] || !is_section(path))
        return complain_unknown(r, section, key);
    snprintf(path + strlen(path), sizeof(path) - strlen(path), ".");
    return read_section(r, path, value);
}

static bool same_key(struct reader *r, const yaml_node_pair_t *a, const yaml_node_pair_t *b)
{
    const yaml_node_t *x = yaml_document_get_node(r->document, a->key);
    const yaml_node_t *y = yaml_document_get_node(r->document, b->key);

    return x->type == YAML_SCALAR_NODE && y->type == YAML_SCALAR_NODE && str_eq(text_of(x), text_of(y));
}

static enum err read_section(struct reader *r, const char *section, const yaml_node_t *n)
{
    if (n->type != YAML_MAPPING_NODE)
        return complain(r, n, "%.*s holds settings, NAME: VALUE", (int)strcspn(section, "."),
                        section[0] ? section : "the file");
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        for (yaml_node_pair_t *q = n->data.mapping.pairs.start; q < p; q++)
            if (same_key(r, p, q))
                return complain(r, yaml_document_get_node(r->document, p->key), "%.*s stands here twice",
                                STR_FMT(text_of(yaml_document_get_node(r->document, p->key))));
        TRY(read_pair(r, section, p));
    }
    return OK;
}

static enum err set_defaults(struct reader *r)
{
    for (const struct setting *s = settings; s->path; s++) {
        struct written w = { .setting = s,
                             .text = str_from(s->otherwise ? s->otherwise : ""),
                             .place = place_of(r, s) };

        if (r->given[s - settings])
            continue;
        if (s->required)
            return complain(r, NULL, "%s is missing: %s", s->path, s->help);
        if (s->otherwise)
            TRY(setters[s->kind](r, &w));
    }
    return OK;
}

static const yaml_node_t *where(const struct reader *r, const char *path)
{
    const struct setting *s = settings;

    while (strcmp(s->path, path) != 0)
        s++;
    return r->given[s - settings];
}

/* What opens a secret may be read by the server's user and, at most, its group. */
static enum err check_permissions(struct reader *r, const char *path, const char *file)
{
    struct stat st;

    if (!file || stat(file, &st) != 0 || !(st.st_mode & 0037))
        return OK;
    advise(r, "chmod 600 %s", file);
    return complain(r, where(r, path), "%s: others may read or change %s", path, file);
}

static enum err check_together(struct reader *r)
{
    const struct configuration *c = r->c;

    if (!c->http.address && !c->https.address)
        return complain(r, NULL, "listen.https or listen.http is missing: nothing would be served");
    if (c->https.address && (!c->certificate || !c->key))
        return complain(r, where(r, "listen.https"), "listen.https needs tls.certificate and tls.key");
    if (c->http.address && !listen_at_is_loopback(&c->http) && c->proxies.n == 0) {
        advise(r, "Listen on a loopback address, or name the TLS terminators in trustedProxies.");
        return complain(r, where(r, "listen.http"), "listen.http would take passwords in plain text from %s",
                        c->http.address);
    }
    TRY(check_permissions(r, "tls.key", c->key));
    return check_permissions(r, "masterKey", c->master_key.file);
}

static enum err read_document(struct reader *r)
{
    const yaml_node_t *root = yaml_document_get_root_node(r->document);

    if (!root)
        return complain(r, NULL, "the file is empty");
    TRY(read_section(r, "", root));
    TRY(set_defaults(r));
    return check_together(r);
}

static enum err complain_yaml(struct configuration_fault *fault, const yaml_parser_t *parser)
{
    fault->line = parser->problem_mark.line + 1;
    fault->column = parser->problem_mark.column + 1;
    snprintf(fault->message, sizeof(fault->message), "this is no YAML: %s",
             parser->problem ? parser->problem : "it cannot be read");
    return parser->error == YAML_MEMORY_ERROR ? NO_MEMORY : INVALID;
}

static enum err parse(struct reader *r, struct str text)
{
    yaml_document_t document;
    yaml_parser_t parser;
    enum err e;

    if (!yaml_parser_initialize(&parser))
        return NO_MEMORY;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.len);
    if (yaml_parser_load(&parser, &document)) {
        r->document = &document;
        e = read_document(r);
        yaml_document_delete(&document);
    } else {
        e = complain_yaml(r->fault, &parser);
    }
    yaml_parser_delete(&parser);
    return e;
}

enum err configuration_parse(struct arena *a, struct str text, struct configuration_fault *fault,
                             struct configuration *ret)
{
    struct configuration c = { 0 };
    struct reader r = { .arena = a, .fault = fault, .c = &c };

    *fault = (struct configuration_fault){ 0 };
    TRY(parse(&r, text));
    *ret = c;
    return OK;
}

enum err configuration_read(struct arena *a, const char *file, struct configuration_fault *fault,
                            struct configuration *ret)
{
    struct str text;
    enum err e = file_read(a, file, &text);

    *fault = (struct configuration_fault){ 0 };
    if (e != OK)
        snprintf(fault->message, sizeof(fault->message), "it cannot be read (%s)", err_name(e));
    TRY(e);
    TRY(configuration_parse(a, text, fault, ret));
    ret->file = file;
    return OK;
}

enum err configuration_master_key(struct arena *a, const struct configuration *c, struct master_key *ret)
{
    const char *value;

    if (c->master_key.file)
        return master_key_read(a, c->master_key.file, ret);
    value = getenv(c->master_key.variable);
    return value ? master_key_parse(a, str_from(value), ret) : NOT_FOUND;
}
