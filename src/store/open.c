/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of store a name means. */
#include "store/store.h"

bool store_is_url(const char *where)
{
    struct str s = str_from(where);

    return str_starts(s, STR("postgresql://")) || str_starts(s, STR("postgres://"));
}

enum err store_open_to_read(const char *where, struct store_fault *fault, struct store **ret)
{
    return store_is_url(where) ? store_open_postgres_to_read(where, fault, ret)
                               : store_open_sqlite_to_read(where, fault, ret);
}

enum err store_open_beside(const char *where, struct store_fault *fault, struct store **ret)
{
    return store_is_url(where) ? store_open_postgres_to_read(where, fault, ret)
                               : store_open_sqlite_beside(where, fault, ret);
}

enum err store_open(const char *where, struct store_fault *fault, struct store **ret)
{
    return store_is_url(where) ? store_open_postgres(where, fault, ret)
                               : store_open_sqlite(where, fault, ret);
}
