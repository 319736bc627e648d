/* SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include "base/log.h"
#include "base/random.h"
#include "model/cache.h"
#include "model/password_pool.h"
#include "model/roles.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CACHE_OCTETS_MAX = 1024 * 1024 };

struct place {
    struct site site;
    struct roles *roles;
    char folder[64];
};

static int remove_one(const char *path, const struct stat *st UNUSED, int kind UNUSED, struct FTW *at UNUSED)
{
    return remove(path);
}

/* Views first: they and the pool are at rest once the store has no reader. */
static void close_place(void *arg)
{
    struct place *p = arg;

    store_close(p->site.store);
    cache_free(p->site.cache);
    password_pool_free(p->site.passwords);
    roles_free(p->roles);
    (void)nftw(p->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct site *site_new(void)
{
    struct place *p = ARENA_NEW(test_arena(), struct place);
    struct store_fault fault = { "" };

    assert_non_null(p);
    log_setup(LOG_TEXT, LOG_ERROR + 1);
    assert_ok(crypto_init());
    snprintf(p->folder, sizeof(p->folder), "%s", "/dev/shm/latchkey-unit-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    assert_ok(arena_defer(test_arena(), close_place, p));
    assert_ok(store_open_sqlite(p->folder, &fault, &p->site.store));
    assert_ok(cache_new(CACHE_OCTETS_MAX, &p->site.cache));
    assert_ok(password_pool_new(2, 8, &p->site.passwords));
    assert_ok(roles_load(&p->roles));
    p->site.roles = p->roles;
    p->site.master_key = master_key_generate();
    random_bytes(p->site.secret_salt.b, sizeof(p->site.secret_salt.b));
    p->site.api_audience = STR("https://api.example.com");
    return &p->site;
}

void site_write(struct site *s, store_fn *fn, void *arg)
{
    assert_ok(store_write(s->store, fn, arg));
}

static enum err put_in(struct tx *tx, void *arg)
{
    const struct object *o = arg;
    enum err e = tx_delete(tx, o->environment, o->type, o->id);

    if (e != OK && e != NOT_FOUND)
        return e;
    TRY(tx_insert(tx, o));
    return tx_touch(tx, o->environment);
}

void site_put(struct site *s, const struct object *o, const char *document, const char *secret)
{
    struct object kept = *o;

    kept.document = str_from(document);
    kept.secret = secret ? str_from(secret) : STR_NONE;
    site_write(s, put_in, &kept);
}

void site_put_environment(struct site *s, struct uuid id)
{
    site_put(s, &(struct object){ .type = STR("environment"), .id = id }, "{\"name\":\"test\"}", NULL);
}

struct naming {
    const struct object *object;
    struct unique unique;
};

static enum err name_in(struct tx *tx, void *arg)
{
    const struct naming *n = arg;

    return tx_unique_put(tx, &n->unique, n->object->environment, n->object->id, NULL);
}

void site_name(struct site *s, const struct object *o, const char *attribute, const char *value)
{
    struct naming n = { .object = o,
                        .unique = { o->environment, o->type, str_from(attribute), str_from(value) } };

    site_write(s, name_in, &n);
}

enum err site_get(struct site *s, struct uuid environment, const char *type, struct uuid id,
                  struct object *ret)
{
    struct tx *tx;
    enum err e;

    TRY(store_read_begin(s->store, test_arena(), &tx));
    e = tx_get(tx, test_arena(), environment, str_from(type), id, ret);
    tx_end(tx);
    return e;
}

const struct json *json_of(const char *text)
{
    const struct json *v;

    assert_ok(json_parse(test_arena(), str_from(text), NULL, &v));
    return v;
}

const char *text_of(const char *format, ...)
{
    char text[4096];
    struct str copy;
    va_list args;

    va_start(args, format);
    assert_true(vsnprintf(text, sizeof(text), format, args) < (int)sizeof(text));
    va_end(args);
    assert_ok(str_copy(test_arena(), str_from(text), &copy));
    return str_z(test_arena(), copy);
}
