/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of a server in production share: its configuration, read and explained. */
#ifndef CLI_PRODUCTION_H
#define CLI_PRODUCTION_H

#include "cli/command.h"
#include "crypto/x509.h"
#include "server/configuration.h"

/* The configuration and what it names; lives as long as args->arena. */
struct production {
    const struct arguments *args;
    struct configuration configuration;
    struct master_key master_key;
    struct http_tls tls;
    struct x509_period validity;   /* of the certificate */
    struct server_options options; /* points into this struct */
};

/* The option that each of them takes. */
#define PRODUCTION_CONFIG                                                                                    \
    {                                                                                                        \
        "config", "FILE", "The configuration file; /etc/latchkey/latchkey.yaml unless named", false          \
    }

/** Read the configuration, without what it names; say on standard error what is wrong. */
enum status production_read(const struct arguments *args, struct production *ret);

/** The master key it names. */
enum status production_read_master_key(struct production *p);

/** The certificate and key it names, if it does; whether they fit is not looked at. */
enum status production_read_tls(struct production *p);

/** Let the listeners show the certificate, if there is one; say on standard error when it does not fit its
 * key. */
enum status production_use_tls(const struct production *p);

/** Start a server of that mode by it. */
enum status production_start(struct production *p, enum server_mode mode, struct server **ret);

#endif
