/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate that listeners show. It is the process's, because GnuTLS asks for it without saying who
 * asks; one that was replaced stays, since a handshake may still be using it.
 */
#include "http/tls.h"
#include "base/mem.h"
#include "http/server.h"

#include <stdatomic.h>

enum { CHAIN_MAX = 16 };

struct identity {
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned chain_n;
    gnutls_privkey_t key;
    struct identity *before;
};

static struct identity *_Atomic current;

static void identity_free(struct identity *i)
{
    for (unsigned n = 0; n < i->chain_n; n++)
        gnutls_pcert_deinit(&i->chain[n]);
    if (i->key)
        gnutls_privkey_deinit(i->key);
    mem_free(i);
}

static gnutls_datum_t datum(struct str s)
{
    return (gnutls_datum_t){ (unsigned char *)(uintptr_t)s.p, (unsigned)s.len };
}

static bool same_key(const struct identity *i)
{
    gnutls_pubkey_t mine;
    unsigned char of_key[64], of_certificate[64];
    size_t n = sizeof(of_key), m = sizeof(of_certificate);
    bool same;

    if (gnutls_pubkey_init(&mine) != GNUTLS_E_SUCCESS)
        return false;
    same = gnutls_pubkey_import_privkey(mine, i->key, 0, 0) == GNUTLS_E_SUCCESS &&
           gnutls_pubkey_get_key_id(mine, GNUTLS_KEYID_USE_SHA256, of_key, &n) == GNUTLS_E_SUCCESS &&
           gnutls_pubkey_get_key_id(i->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_certificate, &m) ==
               GNUTLS_E_SUCCESS &&
           n == m && memcmp(of_key, of_certificate, n) == 0;
    gnutls_pubkey_deinit(mine);
    return same;
}

static bool load(struct identity *i, const struct http_tls *tls)
{
    gnutls_datum_t certificate = datum(tls->certificate_pem), key = datum(tls->key_pem);
    unsigned n = CHAIN_MAX;

    if (gnutls_pcert_list_import_x509_raw(i->chain, &n, &certificate, GNUTLS_X509_FMT_PEM, 0) !=
        GNUTLS_E_SUCCESS)
        return false;
    i->chain_n = n;
    return n > 0 && gnutls_privkey_init(&i->key) == GNUTLS_E_SUCCESS &&
           gnutls_privkey_import_x509_raw(i->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) == GNUTLS_E_SUCCESS &&
           same_key(i);
}

enum err http_tls_use(const struct http_tls *tls)
{
    struct identity *i = mem_alloc(sizeof(*i));

    if (!i)
        return NO_MEMORY;
    if (!load(i, tls)) {
        identity_free(i);
        return INVALID;
    }
    i->before = atomic_load(&current);
    while (!atomic_compare_exchange_weak(&current, &i->before, i))
        ;
    return OK;
}

int tls_show(gnutls_session_t session UNUSED, const gnutls_datum_t *authorities UNUSED,
             int authorities_n UNUSED, const gnutls_pk_algorithm_t *algorithms UNUSED,
             int algorithms_n UNUSED, gnutls_pcert_st **ret_chain, unsigned *ret_chain_n,
             gnutls_privkey_t *ret_key)
{
    struct identity *i = atomic_load(&current);

    *ret_chain = i->chain;
    *ret_chain_n = i->chain_n;
    *ret_key = i->key;
    return 0;
}

enum err tls_send_last(gnutls_session_t session, struct str text)
{
    if (gnutls_record_send(session, text.p, text.len) != (ssize_t)text.len)
        return IO;
    return gnutls_bye(session, GNUTLS_SHUT_WR) == GNUTLS_E_SUCCESS ? OK : IO;
}
