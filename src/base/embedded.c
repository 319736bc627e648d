/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up embedded files. */
#include "base/embedded.h"

struct str embedded_file(const char *name)
{
    for (const struct embedded *f = embedded_files; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return (struct str){ f->data, f->len };
    return STR_NONE;
}
