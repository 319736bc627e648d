/* SPDX-License-Identifier: Apache-2.0 */
/* Signing keys: sealed in the store, parsed once, signed with from memory. */
#include "model/keyring.h"

#include "base/clock.h"
#include "base/wait.h"
#include "model/cache.h"
#include "model/private_key.h"
#include "json/json.h"

#include <stdlib.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

enum {
    KEYS_MAX = 1000,
    ROTATION_DAYS = 90,
    PUBLISHED_AHEAD_DAYS = 1,
    PUBLISHED_AFTER_DAYS = 31, /* no token lives longer */
};

static const struct str key_type = { "signingKey", 10 };

static void release_key(void *arg)
{
    key_free(arg);
}

static enum key_algorithm algorithm_named(struct str name)
{
    for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++)
        if (str_is(name, key_algorithm_name(i)))
            return i;
    return KEY_RS256;
}

static enum err open_key(struct site *site, struct arena *a, const struct object *o, struct signing_key *ret)
{
    SCOPED(arena_freep) struct arena *reading = arena_new(0);
    const struct json *d;
    struct key *key;

    if (!reading)
        return NO_MEMORY;
    TRY(json_parse_stored(reading, o->document, &d));
    TRY(private_key_open(site, reading, o, o->secret, algorithm_named(json_path_str(d, "algorithm")), &key));
    TRY(arena_defer(a, release_key, key));
    ret->key = key;
    ret->policy = o->parent;
    ret->signs_from_ms = json_int(json_get(d, "signsFrom"), 0);
    return uuid_text(a, o->id, &ret->kid);
}

static int by_start(const void *x, const void *y)
{
    int64_t a = ((const struct signing_key *)x)->signs_from_ms,
            b = ((const struct signing_key *)y)->signs_from_ms;

    return (a > b) - (a < b);
}

static enum err write_set(struct arena *reading, struct arena *a, struct keyring *r)
{
    struct buf b = buf_make(reading, BUF_NO_LIMIT);
    struct str text;

    buf_add_z(&b, "{\"keys\":[");
    for (size_t i = 0; i < r->keys_n; i++) {
        if (i)
            buf_add_char(&b, ',');
        TRY(key_write_jwk(&b, r->keys[i].key, r->keys[i].kid));
    }
    buf_add_z(&b, "]}");
    TRY(buf_finish(&b, &text));
    return view_text(a, text, &r->jwks);
}

/* Where none is the default, the first one serves. */
static enum err read_default_policy(struct tx *tx, struct uuid environment, struct uuid *ret)
{
    const struct unique u = { .scope = environment,
                              .type = STR("keyRotationPolicy"),
                              .attribute = STR("default"),
                              .value = STR("true") };
    struct object_range range = { .environment = environment, .type = u.type, .limit = 1 };
    struct object_list list;
    struct uuid holders;
    enum err e = tx_unique_get(tx, &u, &holders, ret);

    if (e != NOT_FOUND)
        return e;
    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    if (list.n)
        *ret = list.items[0].id;
    return OK;
}

static enum err load(struct site *site, struct tx *tx, struct arena *a, const struct view_key *key,
                     void **ret)
{
    struct object_range range = { .environment = key->environment, .type = key_type, .limit = KEYS_MAX };
    struct keyring *r = ARENA_NEW(a, struct keyring);
    struct object_list list;

    if (!r)
        return NO_MEMORY;
    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    r->keys = ARENA_ARRAY(a, struct signing_key, list.n + 1);
    if (!r->keys)
        return NO_MEMORY;
    for (size_t i = 0; i < list.n; i++)
        TRY(open_key(site, a, &list.items[i], &r->keys[r->keys_n++]));
    qsort(r->keys, r->keys_n, sizeof(*r->keys), by_start);
    TRY(write_set(tx_arena(tx), a, r));
    TRY(read_default_policy(tx, key->environment, &r->default_policy));
    *ret = r;
    return OK;
}

enum err keyring_get(struct site *site, struct arena *holder, struct uuid environment,
                     const struct keyring **ret)
{
    static const struct view_kind kind = { "keyring", load };
    struct view_key key = { environment, environment, NULL };
    const void *view;

    TRY(cache_get(site, holder, &kind, &key, &view));
    *ret = view;
    return OK;
}

static const struct signing_key *find_in(const struct keyring *r, struct str kid)
{
    for (size_t i = 0; i < r->keys_n; i++)
        if (str_eq(r->keys[i].kid, kid))
            return &r->keys[i];
    return NULL;
}

/* From the store, past the cache. */
static enum err read_key(struct site *site, struct arena *holder, struct uuid environment, struct str kid,
                         const struct signing_key **ret)
{
    struct signing_key *key = ARENA_NEW(holder, struct signing_key);
    struct object o;
    struct uuid id;
    struct tx *tx;

    if (!key)
        return NO_MEMORY;
    if (uuid_parse(kid, &id) != OK)
        return NOT_FOUND;
    TRY(store_read_begin(site->store, holder, &tx));
    TRY(tx_get(tx, holder, environment, key_type, id, &o));
    tx_end(tx);
    TRY(open_key(site, holder, &o, key));
    *ret = key;
    return OK;
}

enum err keyring_find(struct site *site, struct arena *holder, struct uuid environment, struct str kid,
                      const struct signing_key **ret)
{
    const struct keyring *r;

    TRY(keyring_get(site, holder, environment, &r));
    *ret = find_in(r, kid);
    return *ret ? OK : read_key(site, holder, environment, kid, ret);
}

/* The last one that may sign already. */
static const struct signing_key *signing_now(const struct keyring *r, struct uuid policy, int64_t now)
{
    const struct signing_key *found = NULL;

    for (size_t i = 0; i < r->keys_n; i++)
        if (uuid_eq(r->keys[i].policy, policy) && r->keys[i].signs_from_ms <= now)
            found = &r->keys[i];
    return found;
}

static const struct signing_key *signing_next(const struct keyring *r, struct uuid policy, int64_t now)
{
    for (size_t i = 0; i < r->keys_n; i++)
        if (uuid_eq(r->keys[i].policy, policy) && r->keys[i].signs_from_ms > now)
            return &r->keys[i];
    return NULL;
}

/* A key on its way into the store. */
struct making {
    struct object object;
    struct uuid policy;
    int64_t now_ms, signs_from_ms;
};

static struct unique slot_of(struct arena *a, const struct making *m)
{
    struct unique u = { .scope = m->object.environment, .type = key_type, .attribute = STR("signsFrom") };
    char policy[UUID_TEXT_LENGTH + 1];

    uuid_format(m->policy, policy);
    /* one key a policy and rotation period, whoever comes first */
    if (str_printf(a, &u.value, "%s/%lld", policy,
                   (long long)(m->signs_from_ms / (ROTATION_DAYS * DAY_MS / 2))) != OK)
        u.value = STR_NONE;
    return u;
}

/* Those that sign until now get their end. */
static enum err retire_others(struct tx *tx, const struct making *m)
{
    struct object_range range = { .environment = m->object.environment,
                                  .type = key_type,
                                  .has_parent = true,
                                  .parent = m->policy,
                                  .limit = KEYS_MAX };
    struct object_list list;

    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    for (size_t i = 0; i < list.n; i++) {
        struct object o = list.items[i];

        if (uuid_eq(o.id, m->object.id) || o.expires_at_ms)
            continue;
        o.expires_at_ms = m->signs_from_ms + PUBLISHED_AFTER_DAYS * DAY_MS;
        TRY(tx_update(tx, &o));
    }
    return OK;
}

static enum err keep(struct tx *tx, void *arg)
{
    struct making *m = arg;
    struct unique slot = slot_of(tx_arena(tx), m);
    enum err e;

    e = tx_unique_put(tx, &slot, m->object.environment, m->object.id, NULL);
    if (e == CONFLICT)
        return OK; /* another thread was first: its key will do */
    TRY(e);
    TRY(tx_insert(tx, &m->object));
    TRY(retire_others(tx, m));
    return tx_touch(tx, m->object.environment);
}

static enum err read_policy(struct site *site, struct arena *a, struct uuid environment, struct uuid id,
                            enum key_algorithm *ret_algorithm, unsigned *ret_bits)
{
    const struct json *d;
    struct object o;
    struct tx *tx;

    TRY(store_read_begin(site->store, a, &tx));
    TRY(tx_get(tx, a, environment, STR("keyRotationPolicy"), id, &o));
    tx_end(tx);
    TRY(json_parse_stored(a, o.document, &d));
    *ret_bits = (unsigned)json_int(json_get(d, "keyLength"), 2048);
    *ret_algorithm = KEY_RS256;
    if (str_is(json_path_str(d, "signatureAlgorithm"), "SHA384withRSA"))
        *ret_algorithm = KEY_RS384;
    else if (str_is(json_path_str(d, "signatureAlgorithm"), "SHA512withRSA"))
        *ret_algorithm = KEY_RS512;
    return OK;
}

static enum err seal_key(struct site *site, struct arena *a, const struct key *key, struct making *m)
{
    struct object *o = &m->object;
    struct str der;

    TRY(key_to_der(a, key, &der));
    TRY(private_key_seal(site, a, o, der, &o->secret));
    return str_printf(a, &o->document, "{\"algorithm\":\"%s\",\"signsFrom\":%lld}",
                      key_algorithm_name(key_algorithm(key)), (long long)m->signs_from_ms);
}

static enum err make_key(struct site *site, struct arena *a, struct uuid environment, struct making *m)
{
    SCOPED(key_freep) struct key *key = NULL;
    enum key_algorithm algorithm;
    unsigned bits;

    if (!wait_allowed())
        return UNAVAILABLE;
    m->object =
        (struct object){ .environment = environment, .type = key_type, .id = uuid_v7(), .parent = m->policy };
    TRY(read_policy(site, a, environment, m->policy, &algorithm, &bits));
    TRY(key_generate(algorithm, bits, &key));
    TRY(seal_key(site, a, key, m));
    return store_write(site->store, keep, m);
}

/* The next key is made a day before it signs. */
static enum err make_next(struct site *site, struct arena *a, struct uuid environment,
                          const struct keyring *r, const struct signing_key *current, int64_t now)
{
    struct making m = { .policy = current->policy, .now_ms = now };

    if (now - current->signs_from_ms < (ROTATION_DAYS - PUBLISHED_AHEAD_DAYS) * DAY_MS ||
        signing_next(r, current->policy, now))
        return OK;
    m.signs_from_ms = now + PUBLISHED_AHEAD_DAYS * DAY_MS;
    return make_key(site, a, environment, &m);
}

enum err keyring_signer(struct site *site, struct arena *holder, struct uuid environment, struct uuid policy,
                        const struct signing_key **ret)
{
    const struct keyring *r;
    int64_t now = clock_now_ms();

    TRY(keyring_get(site, holder, environment, &r));
    if (uuid_is_nil(policy))
        policy = r->default_policy;
    *ret = signing_now(r, policy, now);
    if (*ret)
        return make_next(site, holder, environment, r, *ret, now);
    TRY(make_key(site, holder, environment,
                 &(struct making){ .policy = policy, .now_ms = now, .signs_from_ms = now }));
    TRY(keyring_get(site, holder, environment, &r));
    *ret = signing_now(r, policy, clock_now_ms());
    return *ret ? OK : NOT_FOUND;
}
