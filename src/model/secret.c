/* SPDX-License-Identifier: Apache-2.0 */
/* Client secrets. */
#include "model/secret.h"

#include "base/random.h"
#include "json/json.h"

enum { SECRET_LENGTH = 64 };

/* 64 characters, 64 to choose from: 384 bits. Basic authentication carries them as they are. */
static enum err random_secret(struct arena *a, struct str *ret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
    unsigned char *p = arena_secret(a, SECRET_LENGTH);

    if (!p)
        return NO_MEMORY;
    random_bytes(p, SECRET_LENGTH);
    for (size_t i = 0; i < SECRET_LENGTH; i++)
        p[i] = (unsigned char)alphabet[p[i] % 64];
    *ret = (struct str){ (char *)p, SECRET_LENGTH };
    return OK;
}

static enum err label_of(struct arena *a, const struct object *o, struct str *ret)
{
    return secretbox_label(a, o->environment, o->type, o->id, "secret", ret);
}

static enum err read_part(struct arena *a, const struct object *o, const struct json **ret)
{
    if (!o->secret.len)
        return NOT_FOUND;
    TRY(json_parse_stored(a, o->secret, ret));
    return json_get(*ret, "secret") ? OK : NOT_FOUND;
}

enum err client_secret_make(struct site *site, struct arena *a, const struct object *o,
                            int64_t previous_expires_at_ms, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    const struct json *part;
    struct str label, plain, sealed;
    enum err e = read_part(a, o, &part);

    if (e != OK && e != NOT_FOUND)
        return CORRUPT;
    TRY(label_of(a, o, &label));
    TRY(random_secret(a, &plain));
    TRY(secretbox_seal(a, &site->master_key, label, plain, &sealed));
    json_open(&b, '{');
    json_add_str(&b, "secret", sealed);
    if (e == OK && previous_expires_at_ms) {
        json_open_member(&b, "previous", '{');
        json_add(&b, "secret", json_get(part, "secret"));
        json_add_int(&b, "expiresAt", previous_expires_at_ms);
        json_close(&b, '}');
    }
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

enum err client_secret_open(struct site *site, struct arena *a, const struct object *o,
                            struct client_secret *ret)
{
    const struct json *part, *previous;
    struct client_secret s = { 0 };
    struct str label;

    TRY(read_part(a, o, &part));
    TRY(label_of(a, o, &label));
    TRY(secretbox_open(a, &site->master_key, label, json_path_str(part, "secret"), &s.value));
    previous = json_get(part, "previous");
    if (previous) {
        s.previous_expires_at_ms = json_int(json_get(previous, "expiresAt"), 0);
        TRY(secretbox_open(a, &site->master_key, label, json_path_str(previous, "secret"), &s.previous));
    }
    *ret = s;
    return OK;
}

enum err client_secret_forget_previous(struct arena *a, const struct object *o, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    const struct json *part;

    TRY(read_part(a, o, &part));
    json_open(&b, '{');
    json_add(&b, "secret", json_get(part, "secret"));
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

struct secret_hash secret_hash_of(const struct site *site, struct str secret)
{
    return (struct secret_hash){ .present = true,
                                 .digest = hmac_sha256(digest_str(&site->secret_salt), secret) };
}

bool secret_hash_matches(const struct site *site, const struct secret_hash *h, struct str secret,
                         int64_t now_ms)
{
    struct secret_hash other = secret_hash_of(site, secret);
    bool equal = secret_equal(digest_str(&h->digest), digest_str(&other.digest));

    return h->present && equal && (!h->expires_at_ms || h->expires_at_ms > now_ms);
}
