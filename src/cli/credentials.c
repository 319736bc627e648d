/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/credentials.h"

#include "server/files.h"

#include <ctype.h>
#include <stdio.h>

enum { NAME_MAX_LENGTH = 128, PASSWORD_MIN = 8, PASSWORD_MAX = 255 };

static bool is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._@-", *c))
            return false;
    return *name && strlen(name) <= NAME_MAX_LENGTH;
}

static enum status read_password(const struct arguments *args, struct str *ret)
{
    const char *file = argument_value(args, "password-file", NULL);

    if (!file)
        return STATUS_OK;
    if (file_read_line(args->arena, file, ret) != OK) {
        command_error(args, NULL, "%s cannot be read", file);
        return STATUS_FAILURE;
    }
    if (ret->len >= PASSWORD_MIN && ret->len <= PASSWORD_MAX && str_is_utf8(*ret))
        return STATUS_OK;
    command_error(args, NULL, "the password in %s is not from %d to %d octets of UTF-8", file, PASSWORD_MIN,
                  PASSWORD_MAX);
    return STATUS_USAGE;
}

static enum status read_credentials(const struct arguments *args, const char *otherwise, struct seeds *ret)
{
    const char *name = argument_value(args, "username", otherwise);

    if (!is_name(name)) {
        command_error(args, "Use letters, digits, dots, dashes, underscores and at signs.",
                      "\"%s\" cannot be an administrator's name", name);
        return STATUS_USAGE;
    }
    ret->admin_username = str_from(name);
    return read_password(args, &ret->admin_password);
}

enum status credentials_run(const struct arguments *args, const char *otherwise,
                            enum status (*step)(struct production *))
{
    struct seeds seeds = { .production = true };
    struct production p;
    enum status status = production_read(args, &p);

    if (status == STATUS_OK)
        status = read_credentials(args, otherwise, &seeds);
    p.options.seeds = &seeds;
    if (status == STATUS_OK)
        status = step(&p);
    explicit_bzero(&p.master_key, sizeof(p.master_key));
    return status;
}

void credentials_print(const struct seeded *s)
{
    char environment[UUID_TEXT_LENGTH + 1], client[UUID_TEXT_LENGTH + 1];

    uuid_format(s->environment, environment);
    uuid_format(s->client, client);
    printf("  Environment   %s\n", environment);
    printf("  Client        %s\n", client);
    printf("  Secret        %.*s\n", STR_FMT(s->client_secret));
    printf("  Administrator %.*s\n", STR_FMT(s->admin_username));
    printf("  Password      %.*s\n\n", STR_FMT(s->admin_password));
    printf("The secret and the password are shown this once.\n");
}
