/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and their certificates: made here or brought along in a PKCS #12 file; requests to an authority, and
 * its answers. A private key is kept sealed and never leaves.
 */
#include "platform/key.h"

#include "base/clock.h"
#include "crypto/pkcs.h"
#include "crypto/pkcs12.h"
#include "crypto/x509.h"
#include "http/multipart.h"
#include "model/private_key.h"
#include "platform/common.h"
#include "resource/document.h"

enum { SETS_MAX = 6, DAY_MS = 86400000, NAME_CHARACTERS_MAX = 256 };

/* Which digest and kind of key a signature algorithm means. */
static const struct signature {
    const char *name, *digest;
    bool ec;
    enum key_algorithm algorithm;
} signatures[] = {
    { "SHA256withRSA", "SHA256", false, KEY_RS256 },  { "SHA384withRSA", "SHA384", false, KEY_RS384 },
    { "SHA512withRSA", "SHA512", false, KEY_RS512 },  { "SHA256withECDSA", "SHA256", true, KEY_ES256 },
    { "SHA384withECDSA", "SHA384", true, KEY_ES384 }, { "SHA512withECDSA", "SHA512", true, KEY_ES512 },
};

/* What is made outside the transaction: the private key, its certificate with those above it, and the members
 * that follow from them. */
struct made_key {
    struct str der, chain;
    struct member_set sets[SETS_MAX];
    size_t sets_n;
};

/* The schema lists the same names. */
static const struct signature *signature_of(const struct json *document)
{
    struct str wanted = json_path_str(document, "signatureAlgorithm");
    size_t i = 0;

    while (i + 1 < LENGTH(signatures) && !str_is(wanted, signatures[i].name))
        i++;
    return &signatures[i];
}

static enum key_algorithm curve_of(int64_t bits)
{
    if (bits == 384)
        return KEY_ES384;
    return bits == 521 ? KEY_ES512 : KEY_ES256;
}

/* What a key of the document's kind and length can do; the digest is the signature algorithm's. */
static enum key_algorithm algorithm_of(const struct json *document)
{
    return str_is(json_path_str(document, "algorithm"), "EC")
               ? curve_of(json_int(json_get(document, "keyLength"), 0))
               : KEY_RS256;
}

static enum err add_text(struct arena *a, struct made_key *made, const char *name, struct str value)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct member_set *set = &made->sets[made->sets_n++];

    set->name = str_from(name);
    json_write_str(&b, value);
    return buf_finish(&b, &set->text);
}

static enum err add_number(struct arena *a, struct made_key *made, const char *name, int64_t value)
{
    struct member_set *set = &made->sets[made->sets_n++];

    set->name = str_from(name);
    return str_printf(a, &set->text, "%lld", (long long)value);
}

static enum err add_times(struct arena *a, struct made_key *made, int64_t starts_at_ms, int64_t ends_at_ms)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(starts_at_ms, text);
    TRY(add_text(a, made, "startsAt", str_from(text)));
    clock_format(ends_at_ms, text);
    return add_text(a, made, "expiresAt", str_from(text));
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

static enum err make_certificate(struct change *c, const struct key *key, const struct x509_subject *subject,
                                 struct made_key *made)
{
    enum err e = x509_self_signed(c->rq->arena, key, subject, &made->chain);

    if (e == INVALID)
        return change_refuse(c, INVALID_VALUE, "subjectDN",
                             "The value must be a distinguished name: CN=..., O=....");
    TRY(e);
    TRY(add_number(c->rq->arena, made, "serialNumber", subject->serial));
    TRY(add_text(c->rq->arena, made, "issuerDN", subject->dn));
    return add_times(c->rq->arena, made, subject->starts_at_ms,
                     subject->starts_at_ms + subject->validity_days * (int64_t)DAY_MS);
}

static enum err key_prepare(struct change *c)
{
    SCOPED(key_freep) struct key *key = NULL;
    struct made_key *made = ARENA_NEW(c->rq->arena, struct made_key);
    const struct signature *signature = signature_of(c->body);
    int64_t bits = json_int(json_get(c->body, "keyLength"), 0);
    struct x509_subject subject = {
        .dn = json_path_str(c->body, "subjectDN"),
        .digest = signature->digest,
        .serial = json_int(json_get(c->body, "serialNumber"), c->now_ms),
        .starts_at_ms = c->now_ms / 1000 * 1000,
        .validity_days = (int)json_int(json_get(c->body, "validityPeriod"), 365),
    };

    if (!made)
        return NO_MEMORY;
    if (c->operation != OPERATION_CREATE)
        return OK;
    TRY(check_kind(c, signature->ec));
    TRY(key_generate(signature->ec ? curve_of(bits) : signature->algorithm, (unsigned)bits, &key));
    TRY(key_to_der(c->rq->arena, key, &made->der));
    TRY(make_certificate(c, key, &subject, made));
    c->prepared = made;
    return OK;
}

static enum err write_secret(struct arena *a, struct str sealed, struct str chain, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    json_open(&b, '{');
    json_add_str(&b, "key", sealed);
    json_add_str(&b, "certificate", chain);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

static enum err key_before_create(struct change *c)
{
    const struct made_key *made = c->prepared;
    struct arena *a = tx_arena(c->tx);
    const struct object o = { .environment = c->environment, .type = c->type->name, .id = c->id };
    struct str sealed;

    TRY(private_key_seal(c->site, a, &o, made->der, &sealed));
    TRY(write_secret(a, sealed, made->chain, &c->secret));
    for (size_t i = 0; i < made->sets_n; i++)
        TRY(change_set(c, made->sets[i].name.p, made->sets[i].text));
    return key_default_move(c);
}

static enum err read_certificate(struct arena *a, const struct object *o, struct x509_facts *ret)
{
    const struct json *secret;
    enum err e;

    TRY(json_parse_stored(a, o->secret, &secret));
    e = x509_read(a, json_path_str(secret, "certificate"), ret);
    return e == INVALID ? CORRUPT : e;
}

enum err key_keep_serial(struct change *c, const struct object *o, const struct json *old)
{
    struct x509_facts facts;

    if (json_kind(json_get(old, "serialNumber")) != JSON_REAL)
        return OK;
    TRY(read_certificate(tx_arena(c->tx), o, &facts));
    return change_set(c, "serialNumber", facts.serial);
}

/* Only an authority's answer gives an expired key a new life (reference: keys). */
static enum err check_alive(struct change *c)
{
    int64_t ends;

    if (clock_parse(json_path_str(c->old, "expiresAt"), &ends) != OK)
        return CORRUPT;
    if (ends <= c->now_ms)
        return change_refuse(c, CONSTRAINT_VIOLATION, NULL, "An expired key cannot be updated.");
    return OK;
}

static enum err key_before_replace(struct change *c)
{
    TRY(check_alive(c));
    TRY(key_use_check(c));
    TRY(key_keep_serial(c, &c->old_object, c->old));
    return key_default_move(c);
}

/* The status follows the clock. */
static struct str status_at(int64_t now_ms, int64_t starts_at_ms, int64_t ends_at_ms)
{
    const int64_t month = INT64_C(30) * DAY_MS;

    if (ends_at_ms <= now_ms)
        return STR("EXPIRED");
    if (starts_at_ms > now_ms)
        return STR("NOT_YET_VALID");
    return ends_at_ms <= now_ms + month ? STR("EXPIRING") : STR("VALID");
}

static enum err key_show(struct http_request *rq, struct tx *tx UNUSED, const struct object *o, struct buf *b)
{
    const struct json *document;
    int64_t starts, ends;

    TRY(json_parse_stored(rq->arena, o->document, &document));
    if (clock_parse(json_path_str(document, "startsAt"), &starts) != OK ||
        clock_parse(json_path_str(document, "expiresAt"), &ends) != OK)
        return CORRUPT;
    json_add_str(b, "status", status_at(clock_now_ms(), starts, ends));
    return OK;
}

/* The certificate instead of its description (reference: keys). */
static enum err key_form(struct http_request *rq, const struct object *o, struct http_response *rs)
{
    enum { PEM, PKCS7, OTHER };
    static const char *const types[] = { [PEM] = "application/x-x509-ca-cert",
                                         [PKCS7] = "application/x-pkcs7-certificates",
                                         [OTHER] = "application/json",
                                         "application/hal+json",
                                         NULL };
    size_t chosen = http_accept_first(rq, types);
    const struct json *secret;
    struct str chain;

    if (chosen >= OTHER)
        return OK;
    TRY(json_parse_stored(rq->arena, o->secret, &secret));
    chain = json_path_str(secret, "certificate");
    TRY(chosen == PEM ? x509_first(rq->arena, chain, &rs->body) : x509_collect(rq->arena, chain, &rs->body));
    rs->content_type = str_from(types[chosen]);
    rs->status = 200;
    return OK;
}

/* The private key of an action's object. */
static enum err open_key(struct action_call *call, const struct json *secret, struct key **ret)
{
    return private_key_open(call->site, call->rq->arena, &call->object, json_path_str(secret, "key"),
                            algorithm_of(call->document), ret);
}

static enum err key_request_read(struct action_call *call, struct http_response *rs)
{
    enum { PEM, PKCS10 };
    static const char *const types[] = {
        [PEM] = "application/x-pem-file", [PKCS10] = "application/pkcs10", NULL
    };
    SCOPED(key_freep) struct key *key = NULL;
    bool pem = http_accept_first(call->rq, types) != PKCS10;
    const struct json *secret;

    TRY(json_parse_stored(call->rq->arena, call->object.secret, &secret));
    TRY(open_key(call, secret, &key));
    TRY(x509_request(call->rq->arena, key, json_path_str(secret, "certificate"),
                     signature_of(call->document)->digest, pem, &rs->body));
    rs->content_type = str_from(types[pem ? PEM : PKCS10]);
    rs->status = 200;
    return OK;
}

static enum err refuse(struct http_request *rq, const char *target, const char *message)
{
    return problem_detail(rq, INVALID_VALUE, str_from(target), str_from(message));
}

/* The form and the file in it. */
static enum err read_form(struct http_request *rq, struct http_multipart *ret, struct str *ret_file)
{
    const struct http_part *file;
    enum err e = http_multipart_parse(rq->arena, http_header(rq, "Content-Type"), rq->body, ret);

    if (e == INVALID) {
        (void)problem_set(rq, 400, INVALID_REQUEST, STR_NONE);
        return problem_detail(rq, INVALID_VALUE, STR_NONE,
                              STR("The body is not well-formed multipart/form-data."));
    }
    TRY(e);
    file = http_multipart_get(ret, "file");
    if (!file || !file->body.len)
        return problem_detail(rq, REQUIRED_VALUE, STR("file"), STR("The value is required."));
    *ret_file = file->body;
    return OK;
}

static struct str field(const struct http_multipart *form, const char *name)
{
    const struct http_part *part = http_multipart_get(form, name);

    return part ? part->body : STR_NONE;
}

/* What a certificate of others says, in the members of a key. */
static enum err describe(struct arena *a, const struct x509_facts *f, struct made_key *made)
{
    int64_t days = (f->ends_at_ms - f->starts_at_ms + DAY_MS / 2) / DAY_MS;

    made->sets[made->sets_n++] = (struct member_set){ STR("serialNumber"), f->serial };
    TRY(add_text(a, made, "subjectDN", f->subject));
    TRY(add_text(a, made, "issuerDN", f->issuer));
    TRY(add_number(a, made, "validityPeriod", days < 1 ? 1 : days));
    return add_times(a, made, f->starts_at_ms, f->ends_at_ms);
}

static enum err open_file(struct http_request *rq, const struct http_multipart *form, struct str file,
                          struct pkcs12 *ret)
{
    enum err e = pkcs12_open(rq->arena, file, field(form, "password"), ret);

    if (e == DENIED)
        return refuse(rq, "password", "The password is not that of the file.");
    if (e == INVALID)
        return refuse(
            rq, "file",
            "The file must be PKCS #12 with one key, its certificate and an encryption in use today.");
    return e;
}

/* The body that would make such a key, for the schema to check. */
static enum err write_body(struct arena *a, const struct x509_facts *f, struct str name, struct str usage,
                           struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    json_open(&b, '{');
    json_add_str(&b, "name", name);
    json_add_str(&b, "algorithm", f->ec ? STR("EC") : STR("RSA"));
    json_add_int(&b, "keyLength", f->bits);
    json_key(&b, "signatureAlgorithm");
    buf_printf(&b, "\"%swith%s\"", f->digest ? f->digest : "SHA256", f->ec ? "ECDSA" : "RSA");
    json_add_str(&b, "subjectDN", f->subject);
    json_add_int(&b, "validityPeriod", 1); /* its own may be longer than those made here */
    if (usage.len)
        json_add_str(&b, "usageType", usage);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

/* Its own name, else what its certificate is called. */
static struct str name_of(const struct pkcs12 *p, const struct x509_facts *f)
{
    struct str name = p->name.len ? p->name : f->common_name.len ? f->common_name : f->subject;

    return str_characters(name) <= NAME_CHARACTERS_MAX ? name : STR("Imported key");
}

static enum err check_import(struct action_call *call, const struct pkcs12 *p, struct str usage,
                             struct made_key *made, const struct json **ret)
{
    SCOPED(key_freep) struct key *key = NULL;
    struct http_request *rq = call->rq;
    struct x509_facts facts;
    enum err e = x509_read(rq->arena, p->chain_pem, &facts);

    if (e == INVALID)
        return refuse(rq, "file", "The certificate is malformed, or its key neither RSA nor EC.");
    TRY(e);
    TRY(write_body(rq->arena, &facts, name_of(p, &facts), usage, &rq->body));
    TRY(body_check(rq, &call->action->type->fields, OPERATION_CREATE, false, ret));
    e = key_from_der(p->key_der, algorithm_of(*ret), &key);
    if (e == INVALID)
        return refuse(rq, "file", "The key's curve is none of P-256, P-384 and P-521.");
    TRY(e);
    made->der = p->key_der;
    made->chain = p->chain_pem;
    return describe(rq->arena, &facts, made);
}

static enum err key_import(struct action_call *call, struct http_response *rs)
{
    struct made_key *made = ARENA_NEW(call->rq->arena, struct made_key);
    struct http_multipart form;
    const struct json *body;
    struct pkcs12 opened;
    struct str file;

    if (!made)
        return NO_MEMORY;
    TRY(read_form(call->rq, &form, &file));
    TRY(open_file(call->rq, &form, file, &opened));
    TRY(check_import(call, &opened, field(&form, "usageType"), made, &body));
    return action_create(call, rs, body, STR_NONE, made);
}

static enum err read_response(struct http_request *rq, struct str file, const struct key *key,
                              struct made_key *made)
{
    struct x509_facts facts;
    enum err e = x509_response(rq->arena, file, key, &made->chain);

    if (e == DENIED)
        return refuse(rq, "file", "The certificate is not one of this key.");
    if (e == OK)
        e = x509_read(rq->arena, made->chain, &facts);
    if (e == INVALID)
        return refuse(rq, "file", "The file must be a certificate or PKCS #7, in PEM or DER.");
    TRY(e);
    return describe(rq->arena, &facts, made);
}

/* The authority's certificate takes the place of the one before. */
static enum err key_response_import(struct action_call *call, struct http_response *rs)
{
    SCOPED(key_freep) struct key *key = NULL;
    struct made_key made = { .sets_n = 0 };
    const struct json *secret;
    struct http_multipart form;
    struct str file, part;
    struct object o;

    TRY(read_form(call->rq, &form, &file));
    TRY(json_parse_stored(call->rq->arena, call->object.secret, &secret));
    TRY(open_key(call, secret, &key));
    TRY(read_response(call->rq, file, key, &made));
    TRY(write_secret(call->rq->arena, json_path_str(secret, "key"), made.chain, &part));
    TRY(action_amend_secret(call, made.sets, made.sets_n, part, &o));
    return action_reply_object(call, rs, &o, 200);
}

static const struct action_entry key_actions[] = {
    { "key_applications_list", key_applications_list },
    { "key_import", key_import },
    { "key_request_read", key_request_read },
    { "key_response_import", key_response_import },
    { NULL, NULL },
};

const struct hooks key_hooks = {
    .type = "key",
    .prepare = key_prepare,
    .before_create = key_before_create,
    .before_replace = key_before_replace,
    .show = key_show,
    .form = key_form,
    .actions = key_actions,
};
