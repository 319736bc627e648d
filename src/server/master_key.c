/* SPDX-License-Identifier: Apache-2.0 */
#include "server/master_key.h"

#include "server/files.h"

enum err master_key_read(struct arena *a, const char *path, struct master_key *ret)
{
    struct str line;

    TRY(file_read_line(a, path, &line));
    return master_key_parse(a, line, ret);
}

enum err master_key_make(struct arena *a, const char *path, struct master_key *ret)
{
    struct str text;

    *ret = master_key_generate();
    TRY(master_key_text(a, ret, &text));
    TRY(str_printf(a, &text, "%.*s\n", STR_FMT(text)));
    return file_write_new(a, path, text);
}
