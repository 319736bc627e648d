/* SPDX-License-Identifier: Apache-2.0 */
/* What GnuTLS asks of a listener. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "base/str.h"

#include <gnutls/abstract.h>

/** The certificate and key of http_tls_use: a gnutls_certificate_retrieve_function2. -> 0 */
int tls_show(gnutls_session_t session, const gnutls_datum_t *authorities, int authorities_n,
             const gnutls_pk_algorithm_t *algorithms, int algorithms_n, gnutls_pcert_st **ret_chain,
             unsigned *ret_chain_n, gnutls_privkey_t *ret_key);

/** Send the last text of a session, and say that it is the last. -> OK; IO: it is not taken at once */
enum err tls_send_last(gnutls_session_t session, struct str text) MUST_CHECK;

#endif
