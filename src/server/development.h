/* SPDX-License-Identifier: Apache-2.0 */
/* What a development server keeps in its folder by itself. */
#ifndef SERVER_DEVELOPMENT_H
#define SERVER_DEVELOPMENT_H

#include "crypto/secretbox.h"
#include "http/server.h"
#include "store/store.h"

enum { HOSTS_MAX = 64 };

/** The master key in the folder, made when the store is empty. -> OK; NOT_FOUND: it is missing and the store
 * is not empty; INVALID: the file holds none; DENIED; NO_SPACE; IO; NO_MEMORY */
enum err development_master_key(struct arena *a, const char *folder, struct store *s,
                                struct master_key *ret) MUST_CHECK;

/** The folder's certificate for these hosts (NULL at the end), made with an authority, "ca.pem", when it is
 * not there or not good any more. -> OK; DENIED; NO_SPACE; IO; NO_MEMORY */
enum err development_certificates(struct arena *a, const char *folder, const char *const *public_hosts,
                                  struct http_tls *ret) MUST_CHECK;

#endif
