/* SPDX-License-Identifier: Apache-2.0 */
/* What a development server keeps in its folder by itself: the master key, an authority and its certificate.
 */
#include "server/development.h"

#include "base/clock.h"
#include "crypto/x509.h"
#include "server/files.h"
#include "server/master_key.h"

static enum err store_has_objects(struct arena *a, struct store *s, bool *ret)
{
    struct object_list list = { .n = 0 };
    struct tx *tx;
    enum err e;

    TRY(store_read_begin(s, a, &tx));
    e = tx_walk_objects(tx, a, NULL, 1, &list);
    tx_end(tx); /* whatever it says: the arena outlives the store */
    *ret = list.n > 0;
    return e;
}

/* Beside an empty store only: another key could never open what a filled one has sealed. */
enum err development_master_key(struct arena *a, const char *folder, struct store *s, struct master_key *ret)
{
    struct str path;
    bool filled;
    enum err e;

    TRY(str_printf(a, &path, "%s/master.key", folder));
    e = master_key_read(a, path.p, ret);
    if (e != NOT_FOUND)
        return e;
    TRY(store_has_objects(a, s, &filled));
    return filled ? NOT_FOUND : master_key_make(a, path.p, ret);
}

/* Without brackets, as certificates name addresses. */
static void certificate_hosts(const char *const *hosts, const char *ret[HOSTS_MAX + 1])
{
    size_t n = 0;

    for (; hosts[n] && n < HOSTS_MAX; n++)
        ret[n] = strcmp(hosts[n], "[::1]") == 0 ? "::1" : hosts[n];
    ret[n] = NULL;
}

static enum err read_certified(struct arena *a, const char *folder, const char *name, struct certified *ret)
{
    struct str path;

    TRY(str_printf(a, &path, "%s/%s.pem", folder, name));
    TRY(file_read(a, path.p, &ret->certificate_pem));
    TRY(str_printf(a, &path, "%s/%s.key", folder, name));
    return file_read(a, path.p, &ret->key_pem);
}

static enum err write_certified(struct arena *a, const char *folder, const char *name,
                                const struct certified *c)
{
    struct str path;

    TRY(str_printf(a, &path, "%s/%s.key", folder, name));
    TRY(file_write(a, path.p, c->key_pem));
    TRY(str_printf(a, &path, "%s/%s.pem", folder, name));
    return file_write(a, path.p, c->certificate_pem);
}

/* The authority is kept, so that trust is set once; it is made anew only when the hosts it may name have
 * changed. */
enum err development_certificates(struct arena *a, const char *folder, const char *const *public_hosts,
                                  struct http_tls *ret)
{
    const char *hosts[HOSTS_MAX + 1];
    struct certified authority, server;
    int64_t soon = clock_now_ms() + INT64_C(7) * 86400000;
    bool good = false;
    enum err e;

    certificate_hosts(public_hosts, hosts);
    e = read_certified(a, folder, "server", &server);
    if (e == OK && read_certified(a, folder, "ca", &authority) == OK)
        TRY(x509_serves(server.certificate_pem, hosts, soon, &good));
    good = good && x509_belongs(&server, authority.certificate_pem);
    if (!good) {
        TRY(x509_authority_new(a, hosts, &authority));
        TRY(x509_server_new(a, &authority, hosts, &server));
        TRY(write_certified(a, folder, "ca", &authority));
        TRY(write_certified(a, folder, "server", &server));
    }
    *ret = (struct http_tls){ server.certificate_pem, server.key_pem };
    return OK;
}
