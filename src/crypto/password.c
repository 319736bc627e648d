/* SPDX-License-Identifier: Apache-2.0 */
/* Argon2id by libsodium, bcrypt by libcrypt, salted SHA by OpenSSL. */
#include "crypto/password.h"

#include "base/mem.h"
#include "crypto/digest.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>

enum {
    PASSES = 2,
    MEMORY_BYTES = 19 * 1024 * 1024,
    SALT_MAX = 64,
    BCRYPT_SIZE = 60,
    BCRYPT_COST_MIN = 4,
    BCRYPT_COST_MAX = 12, /* a fifth of a second; each one more doubles it */
};

/* A hash of a random text at our cost, for those who have none. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
                             "OZpe0nh0PhcDtHpp7HLIYnQUrWuYKsC3rwANFvpQNVk";

/* Those of salted SHA: the text behind the braces is base64 of digest and salt. */
static const struct scheme {
    struct str prefix;
    const char *digest; /* NULL: not salted SHA */
    size_t size;        /* octets of the digest */
} schemes[] = {
    { STR("{SSHA}"), "SHA1", 20 },      { STR("{SSHA256}"), "SHA256", 32 },
    { STR("{SSHA384}"), "SHA384", 48 }, { STR("{SSHA512}"), "SHA512", 64 },
    { STR("{BCRYPT}"), NULL, 0 },
};

/* Schemes that the protocol has besides: what begins so is no password of anybody's. */
static const struct str others[] = { STR("{PBKDF2}"), STR("{ARGON2}"), STR("{SCRYPT}"),
                                     STR("{SCRYPT_RFC7914}"), STR("{MSKCC_PBKDF2}") };

static const struct scheme *find_scheme(struct str value)
{
    for (size_t i = 0; i < LENGTH(schemes); i++)
        if (str_starts(value, schemes[i].prefix))
            return &schemes[i];
    return NULL;
}

/* Digest and salt behind the prefix. */
struct salted {
    unsigned char octets[EVP_MAX_MD_SIZE + SALT_MAX];
    size_t len;
};

static enum err read_salted(const struct scheme *s, struct str value, struct salted *ret)
{
    struct str text = str_slice(value, s->prefix.len, value.len);
    const char *end;

    if (sodium_base642bin(ret->octets, s->size + SALT_MAX, text.p, text.len, NULL, &ret->len, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text.p + text.len)
        return INVALID;
    return ret->len > s->size ? OK : INVALID;
}

/* "$2b$10$" and 53 characters: version, cost, salt and hash. */
static bool is_bcrypt(struct str text)
{
    static const char letters[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    int64_t cost;

    if (text.len != BCRYPT_SIZE || memcmp(text.p, "$2", 2) != 0 || !memchr("aby", text.p[2], 3) ||
        text.p[3] != '$' || text.p[6] != '$' || text.p[4] < '0' ||
        str_int(str_slice(text, 4, 2), &cost) != OK)
        return false;
    for (size_t i = 7; i < text.len; i++)
        if (!memchr(letters, text.p[i], sizeof(letters) - 1))
            return false;
    return cost >= BCRYPT_COST_MIN && cost <= BCRYPT_COST_MAX;
}

enum password_form password_form(struct str value)
{
    const struct scheme *s = find_scheme(value);
    struct salted salted;
    bool good;

    for (size_t i = 0; i < LENGTH(others); i++)
        if (str_starts(value, others[i]))
            return PASSWORD_IS_UNKNOWN;
    if (!s)
        return PASSWORD_IS_CLEAR;
    good = s->digest ? read_salted(s, value, &salted) == OK
                     : is_bcrypt(str_slice(value, s->prefix.len, value.len));
    return good ? PASSWORD_IS_ENCODED : PASSWORD_IS_UNKNOWN;
}

enum err password_hash(struct arena *a, struct str password, struct str *ret)
{
    char text[crypto_pwhash_STRBYTES];

    if (crypto_pwhash_str_alg(text, password.p, password.len, PASSES, MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13))
        return NO_MEMORY;
    return str_copy(a, str_from(text), ret);
}

static void context_free(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
}

static enum err verify_salted(const struct scheme *s, struct str hash, struct str password, bool *ret)
{
    SCOPED(context_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct salted salted;

    if (read_salted(s, hash, &salted) != OK) {
        *ret = false;
        return OK;
    }
    if (!c || EVP_DigestInit_ex(c, EVP_get_digestbyname(s->digest), NULL) != 1 ||
        EVP_DigestUpdate(c, password.p, password.len) != 1 ||
        EVP_DigestUpdate(c, salted.octets + s->size, salted.len - s->size) != 1 ||
        EVP_DigestFinal_ex(c, digest, NULL) != 1)
        return NO_MEMORY;
    *ret = sodium_memcmp(digest, salted.octets, s->size) == 0;
    sodium_memzero(digest, sizeof(digest));
    return OK;
}

/* What bcrypt works in, and the texts it wants ended. */
struct bcrypt {
    struct crypt_data data;
    char setting[BCRYPT_SIZE + 1];
};

/* bcrypt reads a password up to its first NUL, which would then match without the rest. */
static enum err verify_bcrypt(struct str text, struct str password, bool *ret)
{
    struct bcrypt *work = mem_alloc(sizeof(*work));
    char *copy = mem_alloc(password.len + 1);
    enum err e = work && copy ? OK : NO_MEMORY;
    const char *made = NULL;

    if (e == OK) {
        memcpy(copy, password.p, password.len);
        if (is_bcrypt(text) && strlen(copy) == password.len) {
            memcpy(work->setting, text.p, BCRYPT_SIZE);
            made = crypt_rn(copy, work->setting, &work->data, sizeof(work->data));
        }
        *ret = made && secret_equal(str_from(made), str_from(work->setting));
        sodium_memzero(work, sizeof(*work));
        sodium_memzero(copy, password.len);
    }
    mem_free(work);
    mem_free(copy);
    return e;
}

static enum err verify_argon2(struct str hash, struct str password, bool *ret)
{
    char text[crypto_pwhash_STRBYTES] = "";
    bool somebody = hash.len > 0 && hash.len < sizeof(text);
    int differs;

    memcpy(text, somebody ? hash.p : nobody, somebody ? hash.len : sizeof(nobody));
    errno = 0;
    differs = crypto_pwhash_str_verify(text, password.p, password.len);
    if (differs && errno == ENOMEM)
        return NO_MEMORY;
    *ret = somebody && !differs;
    return OK;
}

enum err password_verify(struct str hash, struct str password, bool *ret)
{
    const struct scheme *s = find_scheme(hash);

    TRY(verify_argon2(s ? STR_NONE : hash, password, ret));
    if (!s)
        return OK;
    if (s->digest)
        return verify_salted(s, hash, password, ret);
    return verify_bcrypt(str_slice(hash, s->prefix.len, hash.len), password, ret);
}
