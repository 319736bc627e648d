/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PKCS #12 by OpenSSL, bag by bag instead of by PKCS12_parse: a file names how often its password is to be
 * hashed, and nobody may keep us busy for minutes.
 */
#include "crypto/pkcs12.h"

#include "crypto/failure.h"
#include "crypto/x509_pem.h"

#include <openssl/pkcs12.h>

enum { ITERATIONS_MAX = 2 * 1000 * 1000 }; /* of all a file's derivations together; common files have 6000 */

/* A file under way. */
struct opening {
    struct arena *arena;
    const char *password; /* NULL: as files without a password have it */
    long iterations;      /* so far */
    EVP_PKEY *key;
    STACK_OF(X509) * certs;
    struct str name;
};

static void opening_clear(struct opening *o)
{
    EVP_PKEY_free(o->key);
    x509_certs_free(&o->certs);
}

static void pkcs12_free(PKCS12 **p)
{
    PKCS12_free(*p);
}

static void p8_free(PKCS8_PRIV_KEY_INFO **p)
{
    PKCS8_PRIV_KEY_INFO_free(*p);
}

static void safes_free(STACK_OF(PKCS7) * *list)
{
    sk_PKCS7_pop_free(*list, PKCS7_free);
}

static void bags_free(STACK_OF(PKCS12_SAFEBAG) * *list)
{
    sk_PKCS12_SAFEBAG_pop_free(*list, PKCS12_SAFEBAG_free);
}

/* Count derivations before they are done. */
static enum err spend(struct opening *o, const ASN1_INTEGER *iterations)
{
    long n = iterations ? ASN1_INTEGER_get(iterations) : 1;

    if (n < 1 || n > ITERATIONS_MAX - o->iterations)
        return INVALID;
    o->iterations += n;
    return OK;
}

static enum err spend_pbkdf2(struct opening *o, const X509_ALGOR *kdf)
{
    PBKDF2PARAM *p = OBJ_obj2nid(kdf->algorithm) == NID_id_pbkdf2
                         ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter)
                         : NULL;
    enum err e = p ? spend(o, p->iter) : INVALID;

    PBKDF2PARAM_free(p);
    return e;
}

/* The work an encryption asks for: PBES2 with PBKDF2, or the PBE of PKCS #12 (RFC 8018 A.4, RFC 7292 C). */
static enum err spend_on(struct opening *o, const X509_ALGOR *algorithm)
{
    const bool two = OBJ_obj2nid(algorithm->algorithm) == NID_pbes2;
    PBE2PARAM *second =
        two ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter) : NULL;
    PBEPARAM *first = two ? NULL : ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    enum err e = second ? spend_pbkdf2(o, second->keyfunc) : first ? spend(o, first->iter) : INVALID;

    PBE2PARAM_free(second);
    PBEPARAM_free(first);
    return e;
}

static int password_length(const struct opening *o)
{
    return o->password ? (int)strlen(o->password) : 0;
}

static enum err keep_name(struct opening *o, PKCS12_SAFEBAG *bag)
{
    char *name = PKCS12_get_friendlyname(bag);
    enum err e =
        name && *name && str_is_utf8(str_from(name)) ? str_copy(o->arena, str_from(name), &o->name) : OK;

    OPENSSL_free(name);
    return e;
}

static enum err keep_key(struct opening *o, PKCS12_SAFEBAG *bag, const PKCS8_PRIV_KEY_INFO *info)
{
    if (!info || o->key)
        return INVALID;
    o->key = EVP_PKCS82PKEY(info);
    return o->key ? keep_name(o, bag) : INVALID;
}

static enum err open_shrouded(struct opening *o, PKCS12_SAFEBAG *bag)
{
    const X509_ALGOR *algorithm;
    SCOPED(p8_free) PKCS8_PRIV_KEY_INFO *info = NULL;

    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
    TRY(spend_on(o, algorithm));
    info = PKCS12_decrypt_skey(bag, o->password, password_length(o));
    return keep_key(o, bag, info);
}

static enum err keep_cert(struct opening *o, const PKCS12_SAFEBAG *bag)
{
    X509 *cert =
        PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate ? PKCS12_SAFEBAG_get1_cert(bag) : NULL;

    if (cert && sk_X509_num(o->certs) < X509_CERTS_MAX && sk_X509_push(o->certs, cert) > 0)
        return OK;
    X509_free(cert);
    return INVALID;
}

static enum err open_bag(struct opening *o, PKCS12_SAFEBAG *bag)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        return keep_key(o, bag, PKCS12_SAFEBAG_get0_p8inf(bag));
    case NID_pkcs8ShroudedKeyBag:
        return open_shrouded(o, bag);
    case NID_certBag:
        return keep_cert(o, bag);
    default:
        return OK; /* revocation lists, secrets */
    }
}

/* A safe is plain, or encrypted as a whole. */
static STACK_OF(PKCS12_SAFEBAG) * unpack_safe(struct opening *o, PKCS7 *safe)
{
    if (PKCS7_type_is_data(safe))
        return safe->d.data ? PKCS12_unpack_p7data(safe) : NULL;
    if (!PKCS7_type_is_encrypted(safe) || !safe->d.encrypted ||
        spend_on(o, safe->d.encrypted->enc_data->algorithm) != OK)
        return NULL;
    return PKCS12_unpack_p7encdata(safe, o->password, password_length(o));
}

static enum err open_safe(struct opening *o, PKCS7 *safe)
{
    SCOPED(bags_free) STACK_OF(PKCS12_SAFEBAG) *bags = unpack_safe(o, safe);

    if (!bags)
        return INVALID;
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++)
        TRY(open_bag(o, sk_PKCS12_SAFEBAG_value(bags, i)));
    return OK;
}

/* Without a password there are two ways to say so (RFC 7292 B.1); with a wrong one everything else would
 * fail. */
static enum err check_mac(struct opening *o, PKCS12 *file)
{
    const ASN1_INTEGER *iterations;

    if (!PKCS12_mac_present(file))
        return OK;
    PKCS12_get0_mac(NULL, NULL, NULL, &iterations, file);
    TRY(spend(o, iterations));
    if (PKCS12_verify_mac(file, o->password, password_length(o)) == 1)
        return OK;
    if (*o->password)
        return DENIED;
    o->password = NULL;
    TRY(spend(o, iterations));
    return PKCS12_verify_mac(file, NULL, 0) == 1 ? OK : DENIED;
}

static enum err open_file(struct opening *o, struct str text)
{
    const unsigned char *at = (const unsigned char *)text.p;
    SCOPED(pkcs12_free) PKCS12 *file = d2i_PKCS12(NULL, &at, (long)text.len);
    SCOPED(safes_free) STACK_OF(PKCS7) *safes = NULL;

    if (!file || at != (const unsigned char *)text.p + text.len)
        return INVALID;
    TRY(check_mac(o, file));
    safes = PKCS12_unpack_authsafes(file);
    if (!safes)
        return INVALID;
    for (int i = 0; i < sk_PKCS7_num(safes); i++)
        TRY(open_safe(o, sk_PKCS7_value(safes, i)));
    return o->key ? OK : INVALID;
}

static enum err take(struct opening *o, struct pkcs12 *ret)
{
    struct pkcs12 p = { .name = o->name };
    enum err e = x509_chain_write(o->arena, o->certs, o->key, &p.chain_pem);

    if (e == DENIED)
        return INVALID; /* no certificate is the key's */
    TRY(e);
    TRY(key_handle_to_der(o->arena, o->key, &p.key_der));
    *ret = p;
    return OK;
}

enum err pkcs12_open(struct arena *a, struct str file, struct str password, struct pkcs12 *ret)
{
    SCOPED(opening_clear) struct opening o = { .arena = a, .certs = sk_X509_new_null() };
    char *copy = arena_secret(a, password.len + 1);
    enum err e;

    if (!copy || !o.certs)
        return NO_MEMORY;
    if (password.len)
        memcpy(copy, password.p, password.len);
    o.password = copy;
    e = open_file(&o, file);
    if (e == OK)
        e = take(&o, ret);
    return failure_of(e);
}
