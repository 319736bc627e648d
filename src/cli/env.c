/* SPDX-License-Identifier: Apache-2.0 */
/* Variables that point other programs at the running development server. */
#include "cli/commands.h"
#include "cli/ready_file.h"

#include <stdio.h>

static const struct option options[] = {
    { "format", "FORMAT", "How to write them: shell, dotenv or json; shell unless named", false },
    { "ready-file", "FILE", "The ready file of the server, if it is not the default one", false },
    { NULL, NULL, NULL, false },
};

static const struct {
    const char *variable, *member;
} variables[] = {
    { "LATCHKEY_API_URL", "apiUrl" },
    { "LATCHKEY_AUTH_URL", "authUrl" },
    { "LATCHKEY_HTTP_URL", "httpUrl" },
    { "LATCHKEY_MANAGEMENT_URL", "managementUrl" },
    { "LATCHKEY_CA_FILE", "caFile" },
    { "LATCHKEY_ORGANIZATION_ID", "organizationId" },
    { "LATCHKEY_LICENSE_ID", "licenseId" },
    { "LATCHKEY_ENVIRONMENT_ID", "environmentId" },
    { "LATCHKEY_CLIENT_ID", "clientId" },
    { "LATCHKEY_CLIENT_SECRET", "clientSecret" },
    { "LATCHKEY_ADMIN_USERNAME", "adminUsername" },
    { "LATCHKEY_ADMIN_PASSWORD", "adminPassword" },
};

/* Single quotes keep everything but themselves. */
static void write_shell(const char *variable, struct str value)
{
    printf("export %s='", variable);
    for (size_t i = 0; i < value.len; i++)
        value.p[i] == '\'' ? (void)fputs("'\\''", stdout) : (void)putchar(value.p[i]);
    printf("'\n");
}

static void write_dotenv(const char *variable, struct str value)
{
    printf("%s=\"", variable);
    for (size_t i = 0; i < value.len; i++) {
        if (strchr("\"\\$`", value.p[i]))
            putchar('\\');
        putchar(value.p[i]);
    }
    printf("\"\n");
}

static enum status write_json(const struct arguments *args, const struct json *ready)
{
    struct buf b = buf_make(args->arena, BUF_NO_LIMIT);
    struct str text;

    json_open(&b, '{');
    for (size_t i = 0; i < LENGTH(variables); i++)
        json_add_str(&b, variables[i].variable, json_path_str(ready, variables[i].member));
    json_close(&b, '}');
    if (buf_finish(&b, &text) != OK)
        return STATUS_FAILURE;
    printf("%.*s\n", STR_FMT(text));
    return STATUS_OK;
}

static enum status env_run(const struct arguments *args)
{
    const char *format = argument_value(args, "format", "shell");
    bool shell = strcmp(format, "shell") == 0, json = strcmp(format, "json") == 0;
    const struct json *ready;
    enum status status;

    if (!shell && !json && strcmp(format, "dotenv") != 0) {
        command_error(args, "It is one of shell, dotenv, json.", "there is no format \"%s\"", format);
        return STATUS_USAGE;
    }
    status = ready_read(args, &ready);
    if (status != STATUS_OK)
        return status;
    if (json)
        return write_json(args, ready);
    for (size_t i = 0; i < LENGTH(variables); i++)
        (shell ? write_shell : write_dotenv)(variables[i].variable,
                                             json_path_str(ready, variables[i].member));
    return STATUS_OK;
}

const struct command command_env = {
    .name = "env",
    .summary = "Print variables that point programs at the server",
    .details = "For a shell: eval \"$(latchkey env)\"",
    .example = "eval \"$(latchkey env)\"",
    .options = options,
    .run = env_run,
};
