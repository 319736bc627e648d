/* SPDX-License-Identifier: Apache-2.0 */
/* The administrator and the worker that init and admin recover make. */
#ifndef CLI_CREDENTIALS_H
#define CLI_CREDENTIALS_H

#include "cli/production.h"

#define CREDENTIALS_OPTIONS                                                                                  \
    { "username", "NAME", "The administrator's name", false },                                               \
    {                                                                                                        \
        "password-file", "FILE", "A file that holds the administrator's password; else one is drawn", false  \
    }

/** Read the configuration and the credentials' options, then let `step` make them; the administrator is named
 * `otherwise` unless the options say so. The master key is wiped afterwards. Says on standard error what is
 * wrong. */
enum status credentials_run(const struct arguments *args, const char *otherwise,
                            enum status (*step)(struct production *));

/** Print who was made and their secrets. */
void credentials_print(const struct seeded *s);

#endif
