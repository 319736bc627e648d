/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Index values and the ranges over them. A value over the prefix is kept as its prefix and a hash of the
 * whole: still in order up to the prefix, and still told apart from others.
 */
#include "crypto/digest.h"
#include "store/sql/sql.h"

enum {
    PREFIX = 64,
    HASH = 16,
};

/* Behind every key there can be. */
static const char last_key[] =
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
_Static_assert(sizeof(last_key) - 1 > PREFIX + HASH, "a key could stand behind the last one");

enum err store_index_key(struct arena *a, struct str value, struct str *ret)
{
    struct digest digest;
    char *p;

    if (value.len <= PREFIX) {
        *ret = value;
        return OK;
    }
    p = arena_alloc(a, PREFIX + HASH);
    if (!p)
        return NO_MEMORY;
    digest = sha256(value);
    memcpy(p, value.p, PREFIX);
    memcpy(p + PREFIX, digest.b, HASH);
    *ret = (struct str){ p, PREFIX + HASH };
    return OK;
}

static enum err change(struct tx *tx, enum statement which, const struct index_value *v)
{
    struct binder b;
    struct str key;

    TRY(store_index_key(tx->arena, v->value, &key));
    b = bind_begin(tx, which);
    bind_id(&b, &v->environment);
    bind_text(&b, v->type);
    bind_text(&b, v->attribute);
    bind_octets(&b, key);
    bind_id(&b, &v->id);
    return bind_run(&b, NULL);
}

enum err tx_index_put(struct tx *tx, const struct index_value *v)
{
    return change(tx, INDEX_PUT, v);
}

enum err tx_index_delete(struct tx *tx, const struct index_value *v)
{
    return change(tx, INDEX_DELETE, v);
}

/* Keys from `low` to before `high`, behind the point (`after`, `after_id`) in the direction of the walk. */
struct bounds {
    struct str low, high, after, after_id;
};

/* The least key behind all that begin with the prefix: its last octet that can grow, grown. */
static enum err behind_prefix(struct arena *a, struct str prefix, struct str *ret)
{
    char *p = str_z(a, prefix);
    size_t n = prefix.len;

    if (!p)
        return NO_MEMORY;
    while (n && (unsigned char)p[n - 1] == 0xff)
        n--;
    if (n)
        p[n - 1]++;
    *ret = n ? (struct str){ p, n } : (struct str){ last_key, sizeof(last_key) - 1 };
    return OK;
}

/* The least key behind this one: one NUL longer. */
static enum err behind_key(struct arena *a, struct str key, struct str *ret)
{
    TRY(str_copy(a, key, ret));
    ret->len++;
    return OK;
}

static enum err find_keys(struct arena *a, const struct index_range *range, struct bounds *ret)
{
    if (range->match == INDEX_EQUAL) {
        TRY(store_index_key(a, range->value, &ret->low));
        return behind_key(a, ret->low, &ret->high);
    }
    ret->low = range->match == INDEX_PREFIX ? str_slice(range->value, 0, PREFIX) : STR("");
    return behind_prefix(a, ret->low, &ret->high);
}

/* One bound a side: where the walk starts is the nearer of the range's end and the point to go on from. */
static enum err find_bounds(struct arena *a, const struct index_range *range, struct bounds *ret)
{
    struct str key;

    TRY(find_keys(a, range, ret));
    ret->after = range->descending ? ret->high : ret->low;
    ret->after_id = STR(""); /* before every id */
    if (!range->has_after)
        return OK;
    TRY(store_index_key(a, range->after_value, &key));
    if (range->descending ? str_cmp(key, ret->high) >= 0 : str_cmp(key, ret->low) < 0)
        return OK;
    ret->after = key;
    ret->after_id = (struct str){ (const char *)range->after_id.b, sizeof(range->after_id.b) };
    return OK;
}

enum err tx_index_list(struct tx *tx, struct arena *a, const struct index_range *range,
                       struct object_list *ret)
{
    struct object like = { .environment = range->environment, .type = range->type };
    struct bounds bounds;
    struct binder b;

    TRY(find_bounds(a, range, &bounds));
    b = bind_begin(tx, range->descending ? INDEX_DOWN : INDEX_UP);
    bind_id(&b, &range->environment);
    bind_text(&b, range->type);
    bind_text(&b, range->attribute);
    bind_int(&b, tx->now_ms);
    bind_limit(&b, range->limit);
    bind_octets(&b, bounds.after);
    bind_octets(&b, bounds.after_id);
    bind_octets(&b, range->descending ? bounds.low : bounds.high);
    return objects_read(&b, a, &like, ret);
}
