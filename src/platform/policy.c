/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-on policy actions, key rotation policies, keys. */
#include "platform/common.h"

#include "base/clock.h"
#include "crypto/x509.h"
#include "model/keyring.h"

static enum err action_before_delete(struct change *c)
{
    struct object_range range = { .environment = c->environment,
                                  .type = c->type->name,
                                  .has_parent = true,
                                  .parent = c->parent,
                                  .limit = 2 };
    struct object_list list;

    if (c->cascading)
        return OK;
    TRY(tx_list(c->tx, tx_arena(c->tx), &range, &list));
    if (list.n < 2)
        return change_refuse(c, CONSTRAINT_VIOLATION, NULL, "Cannot delete last action from the policy");
    return OK;
}

const struct hooks sign_on_policy_action_hooks = {
    .type = "signOnPolicyAction",
    .before_delete = action_before_delete,
};

/* The ids of the keys that sign now and next under a policy. */
static enum err rotation_policy_show(struct http_request *rq, struct tx *tx UNUSED, const struct object *o,
                                     struct buf *b)
{
    const int64_t now = clock_now_ms();
    const struct signing_key *current = NULL, *next = NULL;
    const struct keyring *ring;

    TRY(keyring_get(site_of(rq), rq->arena, o->environment, &ring));
    for (size_t i = 0; i < ring->keys_n; i++) {
        if (!uuid_eq(ring->keys[i].policy, o->id))
            continue;
        if (ring->keys[i].signs_from_ms <= now)
            current = &ring->keys[i];
        else if (!next)
            next = &ring->keys[i];
    }
    if (current) {
        json_add_str(b, "currentKeyId", current->kid);
        json_add_time(b, "rotatedAt", current->signs_from_ms);
    }
    if (next)
        json_add_str(b, "nextKeyId", next->kid);
    return OK;
}

const struct hooks key_rotation_policy_hooks = {
    .type = "keyRotationPolicy",
    .show = rotation_policy_show,
};

/* Which digest and kind of key a signature algorithm means. */
static const struct {
    const char *name, *digest;
    bool ec;
    enum key_algorithm algorithm;
} signatures[] = {
    { "SHA256withRSA", "SHA256", false, KEY_RS256 },  { "SHA384withRSA", "SHA384", false, KEY_RS384 },
    { "SHA512withRSA", "SHA512", false, KEY_RS512 },  { "SHA256withECDSA", "SHA256", true, KEY_ES256 },
    { "SHA384withECDSA", "SHA384", true, KEY_ES384 }, { "SHA512withECDSA", "SHA512", true, KEY_ES512 },
};

/* What prepare makes outside the transaction. */
struct made_key {
    struct str der, certificate;
    int64_t serial, starts_at_ms;
    int days;
};

static enum key_algorithm curve_of(int64_t bits)
{
    if (bits == 384)
        return KEY_ES384;
    return bits == 521 ? KEY_ES512 : KEY_ES256;
}

static enum err check_kind(struct change *c, bool ec)
{
    int64_t bits = json_int(json_get(c->body, "keyLength"), 0);

    if (str_is(json_path_str(c->body, "algorithm"), "EC") != ec)
        return change_refuse(c, INVALID_VALUE, "signatureAlgorithm",
                             "The signature algorithm is not one of the key's kind.");
    if (ec != (bits < 2048))
        return change_refuse(c, INVALID_VALUE, "keyLength", "The length is not one of the key's kind.");
    return OK;
}

static enum err make_certificate(struct change *c, const struct key *key, const char *digest,
                                 struct made_key *made)
{
    struct x509_subject subject = { .dn = json_path_str(c->body, "subjectDN"),
                                    .digest = digest,
                                    .serial = made->serial,
                                    .starts_at_ms = made->starts_at_ms,
                                    .validity_days = made->days };
    enum err e = x509_self_signed(c->rq->arena, key, &subject, &made->certificate);

    if (e == INVALID)
        return change_refuse(c, INVALID_VALUE, "subjectDN",
                             "The value must be a distinguished name: CN=..., O=....");
    return e;
}

static enum err key_prepare(struct change *c)
{
    SCOPED(key_freep) struct key *key = NULL;
    struct made_key *made = ARENA_NEW(c->rq->arena, struct made_key);
    struct str wanted = json_path_str(c->body, "signatureAlgorithm");
    int64_t bits = json_int(json_get(c->body, "keyLength"), 0);
    size_t i = 0;

    if (!made)
        return NO_MEMORY;
    if (c->operation != OPERATION_CREATE)
        return OK;
    while (!str_is(wanted, signatures[i].name))
        i++; /* the schema lists the same names */
    TRY(check_kind(c, signatures[i].ec));
    made->starts_at_ms = c->now_ms / 1000 * 1000;
    made->serial = json_int(json_get(c->body, "serialNumber"), c->now_ms);
    made->days = (int)json_int(json_get(c->body, "validityPeriod"), 365);
    TRY(key_generate(signatures[i].ec ? curve_of(bits) : signatures[i].algorithm, (unsigned)bits, &key));
    TRY(key_to_der(c->rq->arena, key, &made->der));
    TRY(make_certificate(c, key, signatures[i].digest, made));
    c->prepared = made;
    return OK;
}

static enum err set_time(struct change *c, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(ms, text);
    return change_set_str(c, name, str_from(text));
}

static enum err key_before_create(struct change *c)
{
    const struct made_key *made = c->prepared;
    struct arena *a = tx_arena(c->tx);
    struct str label, sealed, serial;
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    TRY(secretbox_label(a, c->environment, c->type->name, c->id, "key", &label));
    TRY(secretbox_seal(a, &c->site->master_key, label, made->der, &sealed));
    json_open(&b, '{');
    json_add_str(&b, "key", sealed);
    json_add_str(&b, "certificate", made->certificate);
    json_close(&b, '}');
    TRY(buf_finish(&b, &c->secret));
    TRY(str_printf(a, &serial, "%lld", (long long)made->serial));
    TRY(change_set(c, "serialNumber", serial));
    TRY(change_set_str(c, "issuerDN", json_path_str(c->body, "subjectDN")));
    TRY(set_time(c, "startsAt", made->starts_at_ms));
    return set_time(c, "expiresAt", made->starts_at_ms + made->days * INT64_C(86400000));
}

/* The status follows the clock. */
static enum err key_show(struct http_request *rq, struct tx *tx UNUSED, const struct object *o, struct buf *b)
{
    const int64_t month = INT64_C(30) * 86400000, now = clock_now_ms();
    const struct json *document;
    int64_t ends = 0;

    TRY(json_parse(rq->arena, o->document, NULL, &document));
    if (clock_parse(json_path_str(document, "expiresAt"), &ends) != OK)
        return CORRUPT;
    json_add_str(b, "status",
                 ends <= now           ? STR("EXPIRED")
                 : ends <= now + month ? STR("EXPIRING")
                                       : STR("VALID"));
    return OK;
}

const struct hooks key_hooks = {
    .type = "key",
    .prepare = key_prepare,
    .before_create = key_before_create,
    .show = key_show,
};
