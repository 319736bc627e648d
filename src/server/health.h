/* SPDX-License-Identifier: Apache-2.0 */
/* The management listener: no secrets, no API, for supervisors and monitoring. */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include "http/server.h"
#include "model/site.h"

#include <stdatomic.h>

/* What its handlers look at. */
struct health {
    struct site *site;
    struct http_server *const *http, *const *https;
    atomic_bool leaving; /* nobody should be sent here any more */
};

/** Its routes, ended by an entry without a pattern. */
extern const struct route health_routes[];

#endif
