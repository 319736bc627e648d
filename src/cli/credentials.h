/* SPDX-License-Identifier: Apache-2.0 */
/* The administrator and the worker that init and admin recover make. */
#ifndef CLI_CREDENTIALS_H
#define CLI_CREDENTIALS_H

#include "cli/command.h"
#include "platform/platform.h"

#define CREDENTIALS_OPTIONS                                                                                  \
    { "username", "NAME", "The administrator's name", false },                                               \
    {                                                                                                        \
        "password-file", "FILE", "A file that holds the administrator's password; else one is drawn", false  \
    }

/** Read name and password; `otherwise` is the name unless one was given. Says on standard error what is
 * wrong. */
enum status credentials_read(const struct arguments *args, const char *otherwise, struct seeds *ret);

/** Print who was made and their secrets. */
void credentials_print(const struct seeded *s);

#endif
