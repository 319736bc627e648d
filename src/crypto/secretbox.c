/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of a sealed text's octets: format (1), key id (4), nonce (12), ciphertext, tag (16). */
#include "crypto/secretbox.h"

#include "base/encoding.h"
#include "base/random.h"
#include "crypto/digest.h"

#include <openssl/evp.h>

enum {
    FORMAT = 1,
    ID_SIZE = 4,
    NONCE_SIZE = 12,
    TAG_SIZE = 16,
    HEAD_SIZE = 1 + ID_SIZE + NONCE_SIZE,
    TEXT_SIZE = 44, /* of a master key, and its end */
};

static void set_id(struct master_key *k)
{
    struct digest d = hmac_sha256((struct str){ (const char *)k->b, sizeof(k->b) }, STR("key id"));

    memcpy(k->id, d.b, sizeof(k->id));
}

struct master_key master_key_generate(void)
{
    struct master_key k;

    random_bytes(k.b, sizeof(k.b));
    set_id(&k);
    return k;
}

enum err master_key_parse(struct arena *a, struct str text, struct master_key *ret)
{
    struct str octets;
    bool right;

    TRY(base64url_decode(a, text, &octets));
    right = octets.len == sizeof(ret->b);
    if (right)
        memcpy(ret->b, octets.p, sizeof(ret->b));
    explicit_bzero((char *)octets.p, octets.len);
    if (!right)
        return INVALID;
    set_id(ret);
    return OK;
}

enum err master_key_text(struct arena *a, const struct master_key *k, struct str *ret)
{
    char *kept = arena_secret(a, TEXT_SIZE);
    struct str text;

    if (!kept)
        return NO_MEMORY;
    TRY(base64url_encode(a, (struct str){ (const char *)k->b, sizeof(k->b) }, &text));
    memcpy(kept, text.p, text.len);
    explicit_bzero((char *)text.p, text.len);
    *ret = (struct str){ kept, text.len };
    return OK;
}

enum err secretbox_label(struct arena *a, struct uuid environment, struct str type, struct uuid id,
                         const char *field, struct str *ret)
{
    char first[UUID_TEXT_LENGTH + 1], second[UUID_TEXT_LENGTH + 1];

    uuid_format(environment, first);
    uuid_format(id, second);
    return str_printf(a, ret, "%s/%.*s/%s/%s", first, STR_FMT(type), second, field);
}

static void context_free(EVP_CIPHER_CTX **c)
{
    EVP_CIPHER_CTX_free(*c);
}

enum err secretbox_seal(struct arena *a, const struct master_key *k, struct str label, struct str plain,
                        struct str *ret)
{
    SCOPED(context_free) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    size_t size = HEAD_SIZE + plain.len + TAG_SIZE;
    unsigned char *out = arena_alloc(a, size);
    int n;

    if (!c || !out)
        return NO_MEMORY;
    out[0] = FORMAT;
    memcpy(out + 1, k->id, ID_SIZE);
    random_bytes(out + 1 + ID_SIZE, NONCE_SIZE);
    if (EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->b, out + 1 + ID_SIZE) != 1 ||
        EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)label.p, (int)label.len) != 1 ||
        EVP_EncryptUpdate(c, out + HEAD_SIZE, &n, (const unsigned char *)plain.p, (int)plain.len) != 1 ||
        EVP_EncryptFinal_ex(c, out + HEAD_SIZE + n, &n) != 1 ||
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, out + HEAD_SIZE + plain.len) != 1)
        return NO_MEMORY;
    return base64url_encode(a, (struct str){ (char *)out, size }, ret);
}

static bool has_head(const struct master_key *k, struct str octets)
{
    return octets.len >= HEAD_SIZE + TAG_SIZE && octets.p[0] == FORMAT &&
           memcmp(octets.p + 1, k->id, ID_SIZE) == 0;
}

bool secretbox_is_sealed(struct arena *a, const struct master_key *k, struct str text)
{
    struct str octets;

    return base64url_decode(a, text, &octets) == OK && has_head(k, octets);
}

enum err secretbox_open(struct arena *a, const struct master_key *k, struct str label, struct str sealed,
                        struct str *ret)
{
    SCOPED(context_free) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    const unsigned char *in;
    unsigned char *plain;
    struct str octets;
    enum err e;
    size_t len;
    int n;

    if (!c)
        return NO_MEMORY;
    e = base64url_decode(a, sealed, &octets);
    if (e == INVALID || (e == OK && !has_head(k, octets)))
        return CORRUPT;
    TRY(e);
    in = (const unsigned char *)octets.p;
    len = octets.len - HEAD_SIZE - TAG_SIZE;
    plain = arena_secret(a, len + 1);
    if (!plain)
        return NO_MEMORY;
    if (EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, k->b, in + 1 + ID_SIZE) != 1 ||
        EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)label.p, (int)label.len) != 1 ||
        EVP_DecryptUpdate(c, plain, &n, in + HEAD_SIZE, (int)len) != 1 ||
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, (char *)octets.p + HEAD_SIZE + len) != 1)
        return NO_MEMORY;
    if (EVP_DecryptFinal_ex(c, plain + n, &n) != 1)
        return CORRUPT;
    *ret = (struct str){ (char *)plain, len };
    return OK;
}
