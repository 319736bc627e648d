/* SPDX-License-Identifier: Apache-2.0 */
/* The installation: what every handler reaches through rq->app. Made once at start; what it points at
 * outlives it. */
#ifndef MODEL_SITE_H
#define MODEL_SITE_H

#include "crypto/digest.h"
#include "crypto/secretbox.h"
#include "http/http.h"
#include "store/store.h"

struct cache;
struct password_pool;
struct registry;
struct roles;

struct site {
    struct store *store;
    struct cache *cache;
    struct password_pool *passwords;
    const struct roles *roles;
    const struct registry *registry; /* resource types */
    struct master_key master_key;
    struct digest secret_salt; /* of this process: client secrets in memory are hashed with it */
    struct uuid organization, license, administrators;
    struct str
        api_audience; /* of tokens for the management API: a constant of the installation, never from Host */
    bool development;
};

static inline struct site *site_of(const struct http_request *rq)
{
    return rq->app;
}

#endif
