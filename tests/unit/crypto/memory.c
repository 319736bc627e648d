/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation is made to fail in turn, the library's and ours: what fails says so, and nothing leaks or
 * is half done. */
#include "test.h"

#include "base/mem.h"
#include "crypto/jws.h"
#include "crypto/secretbox.h"
#include "crypto/x509.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { ALLOCATIONS_MAX = 5000 };

static _Thread_local unsigned long library_left; /* allocations until one fails; 0: none does */
static _Thread_local bool failed;
static bool installed;

static bool fails(void)
{
    if (library_left == 0 || --library_left > 0)
        return false;
    failed = true;
    return true;
}

static void *library_malloc(size_t size, const char *file UNUSED, int line UNUSED)
{
    return fails() ? NULL : malloc(size);
}

static void *library_realloc(void *p, size_t size, const char *file UNUSED, int line UNUSED)
{
    return fails() ? NULL : realloc(p, size);
}

static void library_free(void *p, const char *file UNUSED, int line UNUSED)
{
    free(p);
}

/* Before the library's first allocation: it takes no other functions after that. */
__attribute__((constructor)) static void install(void)
{
    installed = CRYPTO_set_mem_functions(library_malloc, library_realloc, library_free) == 1;
}

/* Something with the results of earlier calls, all its own memory in `a`. */
typedef enum err step(struct arena *a);

static struct key *signer, *rsa_signer;
static struct master_key master;
static struct str der, token, rsa_token, sealed;

static enum err generate(struct arena *a UNUSED)
{
    SCOPED(key_freep) struct key *k = NULL;

    return key_generate(KEY_ES256, 0, &k);
}

static enum err write_der(struct arena *a)
{
    struct str got;

    TRY(key_to_der(a, signer, &got));
    return str_eq(got, der) ? OK : CORRUPT;
}

static enum err read_der(struct arena *a UNUSED)
{
    SCOPED(key_freep) struct key *k = NULL;

    return key_from_der(der, KEY_ES256, &k);
}

static enum err write_jwk(struct arena *a)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct str text;

    TRY(key_write_jwk(&b, signer, STR("k")));
    return buf_finish(&b, &text);
}

static enum err sign_by(struct arena *a, const struct key *k)
{
    struct str made;

    return jws_sign(a, k, STR("k"), "JWT", STR("{}"), &made);
}

static enum err sign(struct arena *a)
{
    return sign_by(a, signer);
}

static enum err sign_rsa(struct arena *a)
{
    return sign_by(a, rsa_signer);
}

/* Good signatures: that they are bad would be wrong. */
static enum err verify_by(struct arena *a, const struct key *k, struct str text)
{
    struct jws j;
    enum err e = jws_parse(a, text, &j);

    if (e == OK)
        e = jws_verify(a, k, &j);
    return e == DENIED ? CORRUPT : e;
}

static enum err verify(struct arena *a)
{
    return verify_by(a, signer, token);
}

static enum err verify_rsa(struct arena *a)
{
    return verify_by(a, rsa_signer, rsa_token);
}

static enum err seal(struct arena *a)
{
    struct str made;

    return secretbox_seal(a, &master, STR("here"), STR("secret"), &made);
}

static enum err open_sealed(struct arena *a)
{
    struct str plain;

    TRY(secretbox_open(a, &master, STR("here"), sealed, &plain));
    return str_is(plain, "secret") ? OK : CORRUPT;
}

/* It names its issuer, and its own key signed it. */
static bool is_whole(struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    bool whole = cert && X509_NAME_entry_count(X509_get_issuer_name(cert)) == 2 &&
                 X509_verify(cert, X509_get0_pubkey(cert)) == 1;

    X509_free(cert);
    BIO_free(bio);
    return whole;
}

static enum err certify(struct arena *a)
{
    struct x509_subject subject = { STR("CN=a, O=b"), 1, 0, 1, "SHA256" };
    struct str pem;

    TRY(x509_self_signed(a, signer, &subject, &pem));
    library_left = 0;
    return is_whole(pem) ? OK : CORRUPT;
}

static const struct {
    const char *name;
    step *run;
} steps[] = {
    { "generate", generate }, { "write DER", write_der },
    { "read DER", read_der }, { "write JWK", write_jwk },
    { "sign", sign },         { "sign by RSA", sign_rsa },
    { "verify", verify },     { "verify by RSA", verify_rsa },
    { "seal", seal },         { "open", open_sealed },
    { "certify", certify },
};

static void prepare(void)
{
    assert_true(installed);
    assert_ok(key_generate(KEY_ES256, 0, &signer));
    assert_ok(key_to_der(test_arena(), signer, &der));
    assert_ok(jws_sign(test_arena(), signer, STR("k"), "JWT", STR("{}"), &token));
    assert_ok(key_generate(KEY_RS256, 2048, &rsa_signer));
    assert_ok(jws_sign(test_arena(), rsa_signer, STR("k"), "JWT", STR("{}"), &rsa_token));
    master = master_key_generate();
    assert_ok(secretbox_seal(test_arena(), &master, STR("here"), STR("secret"), &sealed));
}

/* Run a step with one allocation failing; whether one did. It may do without (a full error queue), but then
 * its result is right: every step looks. */
static bool run_failing(step *run, unsigned long library, unsigned long ours, enum err *ret)
{
    struct arena *a = arena_new(0);

    assert_non_null(a);
    failed = false;
    library_left = library;
    mem_fail_at(ours);
    *ret = run(a);
    failed = failed || (ours && mem_count() >= ours);
    library_left = 0;
    mem_fail_at(0);
    arena_free(a);
    ERR_clear_error();
    return failed;
}

TEST(memory, each_failed_allocation_is_an_error_and_nothing_else)
{
    enum err e;

    prepare();
    for (size_t i = 0; i < LENGTH(steps); i++) {
        unsigned long n = 1;

        assert_false(run_failing(steps[i].run, 0, 0, &e)); /* what the library keeps for good is there now */
        if (e != OK)
            fail_msg("%s does not work at all: %s", steps[i].name, err_name(e));
        for (; n < ALLOCATIONS_MAX && run_failing(steps[i].run, n, 0, &e); n++)
            if (e == CORRUPT)
                fail_msg("%s gave a wrong result without the library's allocation %lu", steps[i].name, n);
        assert_true(n > 1 && n < ALLOCATIONS_MAX);
        assert_ok(e);
        for (n = 1; run_failing(steps[i].run, 0, n, &e); n++)
            if (e != NO_MEMORY)
                fail_msg("%s answers %s without our allocation %lu", steps[i].name, err_name(e), n);
        assert_ok(e);
    }
    key_free(signer);
    key_free(rsa_signer);
}

/* At one of as many uses OpenSSL renews an RSA key's blinding, or half of it. */
TEST(memory, was_short_and_a_later_signature_is_good)
{
    enum { USES = 32 };
    bool was_short = true;
    enum err e;

    prepare();
    for (unsigned long n = 1; was_short; n++) {
        was_short = false;
        for (int use = 0; use < USES; use++)
            was_short |= run_failing(sign_rsa, n, 0, &e);
        assert_ok(jws_sign(test_arena(), rsa_signer, STR("k"), "JWT", STR("{}"), &rsa_token));
        if (verify_rsa(test_arena()) != OK)
            fail_msg("the signature after those without allocation %lu is bad", n);
    }
    assert_ok(e);
    key_free(signer);
    key_free(rsa_signer);
}
