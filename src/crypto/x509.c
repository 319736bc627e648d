/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates by OpenSSL. */
#include "crypto/x509.h"

#include "base/clock.h"
#include "base/random.h"
#include "crypto/failure.h"
#include "crypto/x509_pem.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum {
    AUTHORITY_DAYS = 3650,
    SERVER_DAYS = 397, /* the most that clients accept */
    DAY_S = 24 * 60 * 60,
};

static bool is_address(const char *host)
{
    unsigned char octets[16];

    return inet_pton(AF_INET, host, octets) == 1 || inet_pton(AF_INET6, host, octets) == 1;
}

static bool is_host_name(const char *host)
{
    size_t len = strlen(host);

    return len > 0 && len < 254 &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == len;
}

static enum err add_extension(X509 *cert, X509 *issuer, int nid, struct str value)
{
    X509V3_CTX context = { 0 };
    X509_EXTENSION *e;
    bool added;

    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &context, nid, value.p);
    added = e && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return added ? OK : NO_MEMORY;
}

/* "DNS:localhost,IP:127.0.0.1" for names; with `constraint` as permitted trees, an address with its full
 * mask. */
static enum err list_hosts(struct arena *a, const char *const *hosts, bool constraint, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    for (; *hosts; hosts++) {
        bool address = is_address(*hosts);

        if (!address && !is_host_name(*hosts))
            return INVALID;
        if (b.len)
            buf_add_char(&b, ',');
        buf_printf(&b, "%s%s:%s", constraint ? "permitted;" : "", address ? "IP" : "DNS", *hosts);
        if (address && constraint)
            buf_add_z(&b,
                      strchr(*hosts, ':') ? "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "/255.255.255.255");
    }
    buf_add_char(&b, '\0');
    return buf_finish(&b, ret);
}

static enum err set_serial(X509 *cert)
{
    uint64_t n;

    random_bytes(&n, sizeof(n));
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), n >> 1 | 1) == 1 ? OK : NO_MEMORY;
}

static enum err set_times(X509 *cert, int64_t from_ms, int days)
{
    time_t from = (time_t)(from_ms / 1000);

    if (!X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &from) ||
        !X509_time_adj_ex(X509_getm_notAfter(cert), days, 0, &from))
        return NO_MEMORY;
    return OK;
}

static enum err set_common_name(X509 *cert, const char *name)
{
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                                      (const unsigned char *)name, -1, -1, 0) == 1
               ? OK
               : NO_MEMORY;
}

static enum err set_issuer(X509 *cert, const X509 *issuer)
{
    return X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 ? OK : NO_MEMORY;
}

/* A certificate with all but issuer, extensions and signature. */
static enum err begin(EVP_PKEY *key, const char *name, int64_t from_ms, int days, X509 **ret)
{
    SCOPED(x509_cert_free) X509 *cert = X509_new();

    if (!cert || X509_set_version(cert, X509_VERSION_3) != 1 || X509_set_pubkey(cert, key) != 1)
        return NO_MEMORY;
    TRY(set_serial(cert));
    TRY(set_times(cert, from_ms, days));
    if (name)
        TRY(set_common_name(cert, name));
    *ret = TAKE(cert);
    return OK;
}

static enum err write_key(struct arena *a, EVP_PKEY *key, struct str *ret)
{
    SCOPED(x509_bio_free) BIO *bio = BIO_new(BIO_s_secmem());

    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
        return NO_MEMORY;
    return x509_bio_take(a, bio, ret);
}

/* Signed, and looked at: without memory the library may say that it signed when there is no signature. */
static enum err sign(X509 *cert, EVP_PKEY *signer, const EVP_MD *digest)
{
    if (X509_sign(cert, signer, digest) > 0 && X509_verify(cert, signer) == 1)
        return OK;
    ERR_clear_error();
    return NO_MEMORY;
}

static enum err finish(struct arena *a, X509 *cert, EVP_PKEY *key, EVP_PKEY *signer, struct certified *ret)
{
    TRY(sign(cert, signer, EVP_sha256()));
    TRY(x509_cert_write(a, cert, &ret->certificate_pem));
    return write_key(a, key, &ret->key_pem);
}

enum err x509_authority_new(struct arena *a, const char *const *hosts, struct certified *ret)
{
    SCOPED(x509_pkey_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    SCOPED(x509_cert_free) X509 *cert = NULL;
    struct str permitted;

    if (!key)
        return NO_MEMORY;
    TRY(list_hosts(a, hosts, true, &permitted));
    TRY(begin(key, "Latchkey development authority", clock_now_ms() - DAY_S * 1000LL, AUTHORITY_DAYS, &cert));
    TRY(set_issuer(cert, cert));
    TRY(add_extension(cert, cert, NID_basic_constraints, STR("critical,CA:TRUE,pathlen:0")));
    TRY(add_extension(cert, cert, NID_key_usage, STR("critical,keyCertSign")));
    TRY(add_extension(cert, cert, NID_subject_key_identifier, STR("hash")));
    TRY(str_printf(a, &permitted, "critical,%s", permitted.p));
    TRY(add_extension(cert, cert, NID_name_constraints, permitted));
    return finish(a, cert, key, key, ret);
}

enum err x509_server_new(struct arena *a, const struct certified *authority, const char *const *hosts,
                         struct certified *ret)
{
    SCOPED(x509_cert_free) X509 *issuer = x509_cert_read(authority->certificate_pem);
    SCOPED(x509_pkey_free) EVP_PKEY *signer = x509_pkey_read(authority->key_pem);
    SCOPED(x509_pkey_free) EVP_PKEY *key = EVP_EC_gen("P-256");
    SCOPED(x509_cert_free) X509 *cert = NULL;
    struct str names;

    if (!issuer || !signer)
        return failure_of(INVALID);
    if (!key)
        return NO_MEMORY;
    TRY(list_hosts(a, hosts, false, &names));
    TRY(begin(key, "Latchkey", clock_now_ms() - DAY_S * 1000LL, SERVER_DAYS, &cert));
    TRY(set_issuer(cert, issuer));
    TRY(add_extension(cert, issuer, NID_basic_constraints, STR("critical,CA:FALSE")));
    TRY(add_extension(cert, issuer, NID_key_usage, STR("critical,digitalSignature")));
    TRY(add_extension(cert, issuer, NID_ext_key_usage, STR("serverAuth")));
    TRY(add_extension(cert, issuer, NID_authority_key_identifier, STR("keyid")));
    TRY(add_extension(cert, issuer, NID_subject_alt_name, names));
    return finish(a, cert, key, signer, ret);
}

/* "CN=x, O=y": parts without a value are left out. */
static enum err set_name(struct arena *a, X509 *cert, struct str dn)
{
    X509_NAME *name = X509_get_subject_name(cert);
    struct str rest = dn, part;

    while (str_next(&rest, ',', &part)) {
        size_t at = str_index(part, '=');
        char *key = str_z(a, str_trim(str_slice(part, 0, at)));
        struct str value = str_trim(str_slice(part, at + 1, part.len));

        if (!key)
            return NO_MEMORY;
        if (at == part.len)
            return INVALID;
        if (value.len && X509_NAME_add_entry_by_txt(name, key, MBSTRING_UTF8, (const unsigned char *)value.p,
                                                    (int)value.len, -1, 0) != 1)
            return failure_of(INVALID);
    }
    return X509_NAME_entry_count(name) ? OK : INVALID;
}

enum err x509_self_signed(struct arena *a, const struct key *k, const struct x509_subject *subject,
                          struct str *ret)
{
    const EVP_MD *digest = EVP_get_digestbyname(subject->digest);
    SCOPED(x509_cert_free) X509 *cert = NULL;

    TRY(begin(key_handle(k), NULL, subject->starts_at_ms, subject->validity_days, &cert));
    TRY(set_name(a, cert, subject->dn));
    TRY(set_issuer(cert, cert));
    if (ASN1_INTEGER_set_int64(X509_get_serialNumber(cert), subject->serial) != 1)
        return NO_MEMORY;
    if (!digest)
        return INVALID;
    TRY(sign(cert, key_handle(k), digest));
    return x509_cert_write(a, cert, ret);
}

static bool names_host(X509 *cert, const char *host)
{
    return is_address(host) ? X509_check_ip_asc(cert, host, 0) == 1
                            : X509_check_host(cert, host, 0, 0, NULL) == 1;
}

static enum err read_period(const X509 *cert, struct x509_period *ret)
{
    TRY(x509_time_read(X509_get0_notBefore(cert), &ret->from_ms));
    return x509_time_read(X509_get0_notAfter(cert), &ret->until_ms);
}

enum err x509_period_read(struct str certificate_pem, struct x509_period *ret)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(certificate_pem);

    return cert ? read_period(cert, ret) : failure_of(INVALID);
}

bool x509_period_has(const struct x509_period *p, int64_t at_ms)
{
    return at_ms >= p->from_ms && at_ms <= p->until_ms;
}

enum err x509_serves(struct str certificate_pem, const char *const *hosts, int64_t at_ms, bool *ret)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(certificate_pem);
    struct x509_period period;
    bool good;

    if (!cert)
        return failure_of(INVALID);
    TRY(read_period(cert, &period));
    good = x509_period_has(&period, at_ms);
    for (; *hosts && good; hosts++)
        good = names_host(cert, *hosts);
    *ret = good;
    return OK;
}

bool x509_belongs(const struct certified *c, struct str authority_pem)
{
    SCOPED(x509_cert_free) X509 *cert = x509_cert_read(c->certificate_pem);
    SCOPED(x509_cert_free) X509 *authority = x509_cert_read(authority_pem);
    SCOPED(x509_pkey_free) EVP_PKEY *key = x509_pkey_read(c->key_pem);

    bool fits = cert && authority && key && X509_check_private_key(cert, key) == 1 &&
                X509_verify(cert, X509_get0_pubkey(authority)) == 1;

    ERR_clear_error();
    return fits;
}
