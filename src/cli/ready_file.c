/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading the ready file. */
#include "cli/ready_file.h"

#include "server/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const ready_members[] = {
    "httpUrl",        "httpsUrl",  "managementUrl", "apiUrl",   "authUrl",      "caFile",
    "organizationId", "licenseId", "environmentId", "clientId", "clientSecret", "adminUsername",
    "adminPassword",  NULL,
};

static enum err folder_path(struct arena *a, struct str *ret)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    if (runtime && runtime[0] == '/')
        return str_printf(a, ret, "%s/latchkey", runtime);
    return str_printf(a, ret, "/tmp/latchkey-%u", (unsigned)getuid());
}

enum err ready_default_path(struct arena *a, struct str *ret)
{
    struct str folder;

    TRY(folder_path(a, &folder));
    return str_printf(a, ret, "%.*s/ready.json", STR_FMT(folder));
}

/* In a shared /tmp the folder must be ours alone: another user's would read the secret, or feed us one. */
enum err ready_make_folder(struct arena *a)
{
    struct str folder;
    struct stat st;

    TRY(folder_path(a, &folder));
    mkdir(folder.p, 0700);
    if (lstat(folder.p, &st) || !S_ISDIR(st.st_mode) || st.st_uid != getuid() || (st.st_mode & 077))
        return DENIED;
    return OK;
}

static enum err choose_path(const struct arguments *args, struct str *ret)
{
    const char *named = argument_value(args, "ready-file", NULL);

    if (!named)
        return ready_default_path(args->arena, ret);
    return str_copy(args->arena, str_from(named), ret);
}

enum status ready_read(const struct arguments *args, const struct json **ret)
{
    struct str path, text;
    enum err e = choose_path(args, &path);

    if (e == OK)
        e = file_read(args->arena, path.p, &text);
    if (e == NOT_FOUND) {
        command_error(args, "Start one with \"latchkey dev\", or name its ready file with --ready-file.",
                      "no server is running: there is no %s", path.p);
        return STATUS_NO_SERVER;
    }
    if (e == OK)
        e = json_parse(args->arena, text, NULL, ret);
    if (e == OK)
        return STATUS_OK;
    command_error(args, "Name the file that \"latchkey dev --ready-file FILE\" wrote.",
                  "%s cannot be read: %s", path.p, err_name(e));
    return STATUS_FAILURE;
}
