/* SPDX-License-Identifier: Apache-2.0 */
/* Keys by OpenSSL 3. */
#include "crypto/key.h"

#include "base/encoding.h"
#include "base/mem.h"
#include "base/wait.h"
#include "crypto/failure.h"
#include "crypto/x509_pem.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdatomic.h>

enum {
    RSA_BITS_MIN = 2048,
    GROUP_NAME_SIZE = 32,
    /* a context is not copied to end it, which may fail without a word */
    USED_ONCE = EVP_MD_CTX_FLAG_FINALISE,
};

struct key {
    EVP_PKEY *pkey;
    enum key_algorithm algorithm;
    atomic_bool spoilt; /* a signature failed in the midst of it */
};

struct algorithm {
    const char *name, *digest;
    const char *group, *curve; /* OpenSSL's and JOSE's names; NULL: RSA */
    size_t half;               /* octets of r and of s */
};

static const struct algorithm algorithms[KEY_ALGORITHMS] = {
    [KEY_RS256] = { "RS256", "SHA256", NULL, NULL, 0 },
    [KEY_RS384] = { "RS384", "SHA384", NULL, NULL, 0 },
    [KEY_RS512] = { "RS512", "SHA512", NULL, NULL, 0 },
    [KEY_ES256] = { "ES256", "SHA256", "P-256", "P-256", 32 },
    [KEY_ES384] = { "ES384", "SHA384", "P-384", "P-384", 48 },
    [KEY_ES512] = { "ES512", "SHA512", "P-521", "P-521", 66 },
};

const char *key_algorithm_name(enum key_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

static enum err key_wrap(EVP_PKEY *pkey, enum key_algorithm algorithm, struct key **ret)
{
    struct key *k = pkey ? mem_alloc(sizeof(*k)) : NULL;

    if (!k) {
        EVP_PKEY_free(pkey);
        return NO_MEMORY;
    }
    *k = (struct key){ .pkey = pkey, .algorithm = algorithm };
    *ret = k;
    return OK;
}

enum err key_generate(enum key_algorithm algorithm, unsigned bits, struct key **ret)
{
    const struct algorithm *a = &algorithms[algorithm];

    if (a->group)
        return key_wrap(EVP_EC_gen(a->group), algorithm, ret);
    if (bits != 2048 && bits != 3072 && bits != 4096)
        return INVALID;
    return key_wrap(EVP_RSA_gen(bits), algorithm, ret);
}

void key_free(struct key *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->pkey);
    mem_free(k);
}

void key_freep(struct key **k)
{
    key_free(*k);
}

enum key_algorithm key_algorithm(const struct key *k)
{
    return k->algorithm;
}

struct evp_pkey_st *key_handle(const struct key *k)
{
    return k->pkey;
}

static void info_free(PKCS8_PRIV_KEY_INFO **p)
{
    PKCS8_PRIV_KEY_INFO_free(*p);
}

enum err key_handle_to_der(struct arena *a, const struct evp_pkey_st *pkey, struct str *ret)
{
    SCOPED(info_free) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    unsigned char *der = len > 0 ? arena_secret(a, (size_t)len) : NULL, *at = der;

    if (!der || i2d_PKCS8_PRIV_KEY_INFO(info, &at) != len)
        return NO_MEMORY;
    *ret = (struct str){ (char *)der, (size_t)len };
    return OK;
}

/* Whether the algorithm can be done with a key: RSA of its least size, or its one curve (RFC 7518 3.3, 3.4).
 */
static bool suits(const EVP_PKEY *pkey, const struct algorithm *a)
{
    char group[GROUP_NAME_SIZE] = "";

    if (!a->group)
        return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA && EVP_PKEY_get_bits(pkey) >= RSA_BITS_MIN;
    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
           OBJ_sn2nid(group) == EC_curve_nist2nid(a->group);
}

enum err key_to_der(struct arena *a, const struct key *k, struct str *ret)
{
    return key_handle_to_der(a, k->pkey, ret);
}

enum err key_from_der(struct str der, enum key_algorithm algorithm, struct key **ret)
{
    const unsigned char *at = (const unsigned char *)der.p;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
    bool whole = at == (const unsigned char *)der.p + der.len;

    if (pkey && whole && suits(pkey, &algorithms[algorithm]))
        return key_wrap(pkey, algorithm, ret);
    EVP_PKEY_free(pkey);
    return failure_of(INVALID);
}

static void bn_free(BIGNUM **bn)
{
    BN_free(*bn);
}

/* A number of the key in base64url, with leading zeros up to `size` octets (0: none). */
static enum err add_number(struct buf *b, const struct key *k, const char *name, const char *parameter,
                           size_t size)
{
    SCOPED(bn_free) BIGNUM *bn = NULL;
    struct str octets, text;
    size_t len;
    char *p;

    if (EVP_PKEY_get_bn_param(k->pkey, parameter, &bn) != 1)
        return NO_MEMORY;
    len = size ? size : (size_t)BN_num_bytes(bn);
    p = arena_alloc(b->arena, len + 1);
    if (!p || BN_bn2binpad(bn, (unsigned char *)p, (int)len) < 0)
        return NO_MEMORY;
    octets = (struct str){ p, len };
    TRY(base64url_encode(b->arena, octets, &text));
    buf_printf(b, ",\"%s\":\"%.*s\"", name, STR_FMT(text));
    return OK;
}

enum err key_write_jwk(struct buf *b, const struct key *k, struct str kid)
{
    const struct algorithm *a = &algorithms[k->algorithm];

    buf_printf(b, "{\"kty\":\"%s\",\"use\":\"sig\",\"kid\":\"%.*s\",\"alg\":\"%s\"", a->group ? "EC" : "RSA",
               STR_FMT(kid), a->name);
    if (a->group) {
        buf_printf(b, ",\"crv\":\"%s\"", a->curve);
        TRY(add_number(b, k, "x", OSSL_PKEY_PARAM_EC_PUB_X, a->half));
        TRY(add_number(b, k, "y", OSSL_PKEY_PARAM_EC_PUB_Y, a->half));
    } else {
        TRY(add_number(b, k, "n", OSSL_PKEY_PARAM_RSA_N, 0));
        TRY(add_number(b, k, "e", OSSL_PKEY_PARAM_RSA_E, 0));
    }
    buf_add_char(b, '}');
    return OK;
}

static void context_free(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
}

static void ecdsa_free(ECDSA_SIG **s)
{
    ECDSA_SIG_free(*s);
}

/* DER to r and s side by side (RFC 7518 3.4). */
static enum err ecdsa_flatten(struct arena *a, size_t half, struct str der, struct str *ret)
{
    const unsigned char *at = (const unsigned char *)der.p;
    SCOPED(ecdsa_free) ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    unsigned char *p = arena_alloc(a, half * 2);

    if (!s || !p || BN_bn2binpad(ECDSA_SIG_get0_r(s), p, (int)half) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(s), p + half, (int)half) < 0)
        return NO_MEMORY;
    *ret = (struct str){ (char *)p, half * 2 };
    return OK;
}

static enum err ecdsa_unflatten(struct arena *a, size_t half, struct str flat, struct str *ret)
{
    SCOPED(ecdsa_free) ECDSA_SIG *s = ECDSA_SIG_new();
    const unsigned char *p = (const unsigned char *)flat.p;
    unsigned char *der, *at;
    BIGNUM *r_number, *s_number;
    int len;

    if (flat.len != half * 2)
        return DENIED;
    r_number = BN_bin2bn(p, (int)half, NULL);
    s_number = BN_bin2bn(p + half, (int)half, NULL);
    if (!s || !r_number || !s_number || ECDSA_SIG_set0(s, r_number, s_number) != 1) {
        BN_free(r_number);
        BN_free(s_number);
        return NO_MEMORY;
    }
    len = i2d_ECDSA_SIG(s, NULL);
    der = at = len > 0 ? arena_alloc(a, (size_t)len) : NULL;
    if (!der || i2d_ECDSA_SIG(s, &at) != len)
        return NO_MEMORY;
    *ret = (struct str){ (char *)der, (size_t)len };
    return OK;
}

static bool is_slow(const struct key *k)
{
    return !algorithms[k->algorithm].group && EVP_PKEY_get_bits(k->pkey) > RSA_BITS_MIN;
}

/* Memory too short to renew the blinding of an RSA key leaves half of it renewed, and OpenSSL then signs
 * wrongly without a word, for this thread and for those beside it. */
static atomic_bool *spoilt(const struct key *k)
{
    return (atomic_bool *)(uintptr_t)&k->spoilt;
}

static enum err sign(struct arena *a, const struct key *k, EVP_PKEY *pkey, struct str text, struct str *ret)
{
    SCOPED(context_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
    const struct algorithm *how = &algorithms[k->algorithm];
    size_t len = (size_t)EVP_PKEY_get_size(pkey);
    unsigned char *p = arena_alloc(a, len);
    struct str signature;

    if (!c || !p || EVP_DigestSignInit_ex(c, NULL, how->digest, NULL, NULL, pkey, NULL) != 1)
        return NO_MEMORY;
    EVP_MD_CTX_set_flags(c, USED_ONCE);
    if (EVP_DigestSign(c, p, &len, (const unsigned char *)text.p, text.len) != 1) {
        atomic_store(spoilt(k), true);
        return NO_MEMORY;
    }
    signature = (struct str){ (char *)p, len };
    if (how->group)
        return ecdsa_flatten(a, how->half, signature, ret);
    *ret = signature;
    return OK;
}

/* What a key remembers of its uses a copy does not have. */
static enum err sign_by_copy(struct arena *a, const struct key *k, struct str text, struct str *ret)
{
    SCOPED(x509_pkey_free) EVP_PKEY *copy = EVP_PKEY_dup(k->pkey);

    return copy ? sign(a, k, copy, text, ret) : NO_MEMORY;
}

enum err key_sign(struct arena *a, const struct key *k, struct str text, struct str *ret)
{
    enum err e = OK;

    if (is_slow(k) && !wait_allowed())
        return UNAVAILABLE;
    if (!atomic_load(spoilt(k)))
        e = sign(a, k, k->pkey, text, ret);
    return e == OK && atomic_load(spoilt(k)) ? sign_by_copy(a, k, text, ret) : e;
}

enum err key_verify(struct arena *a, const struct key *k, struct str text, struct str signature)
{
    SCOPED(context_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
    const struct algorithm *how = &algorithms[k->algorithm];

    ERR_clear_error(); /* what failed before says nothing of this signature */
    if (how->group)
        TRY(ecdsa_unflatten(a, how->half, signature, &signature));
    if (!c || EVP_DigestVerifyInit_ex(c, NULL, how->digest, NULL, NULL, k->pkey, NULL) != 1)
        return NO_MEMORY;
    EVP_MD_CTX_set_flags(c, USED_ONCE);
    if (EVP_DigestVerify(c, (const unsigned char *)signature.p, signature.len, (const unsigned char *)text.p,
                         text.len) == 1)
        return OK;
    return failure_of(DENIED);
}
