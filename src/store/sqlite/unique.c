/* SPDX-License-Identifier: Apache-2.0 */
/* Unique values. What an expired object holds is free, as if it had been swept. */
#include "store/sqlite/sqlite.h"

static enum err begin(struct tx *tx, enum statement which, const struct unique *u, struct binder *ret)
{
    TRY(bind_begin(tx, which, ret));
    bind_id(ret, &u->scope);
    bind_text(ret, u->type);
    bind_text(ret, u->attribute);
    bind_octets(ret, u->value);
    return OK;
}

enum err tx_unique_get(struct tx *tx, const struct unique *u, struct uuid *ret_environment,
                       struct uuid *ret_id)
{
    struct binder b;

    TRY(begin(tx, UNIQUE_GET, u, &b));
    bind_int(&b, tx->now_ms);
    TRY(row_next(&b));
    *ret_environment = row_id(&b, 0);
    *ret_id = row_id(&b, 1);
    row_end(&b);
    return OK;
}

static enum err put(struct tx *tx, enum statement which, const struct unique *u, const struct uuid holder[2],
                    int *ret_changes)
{
    struct binder b;

    TRY(begin(tx, which, u, &b));
    bind_id(&b, &holder[0]);
    bind_id(&b, &holder[1]);
    return bind_run(&b, ret_changes);
}

enum err tx_unique_put(struct tx *tx, const struct unique *u, struct uuid environment, struct uuid id,
                       struct uuid *ret_holder)
{
    struct uuid wanted[2] = { environment, id }, holder[2];
    int changes;
    enum err e;

    TRY(put(tx, UNIQUE_PUT, u, wanted, &changes));
    if (changes)
        return OK;
    e = tx_unique_get(tx, u, &holder[0], &holder[1]);
    if (e == NOT_FOUND)
        return put(tx, UNIQUE_TAKE, u, wanted, NULL);
    TRY(e);
    if (uuid_eq(holder[0], environment) && uuid_eq(holder[1], id))
        return OK;
    if (ret_holder)
        *ret_holder = holder[1];
    return CONFLICT;
}

enum err tx_unique_delete(struct tx *tx, const struct unique *u)
{
    struct binder b;

    TRY(begin(tx, UNIQUE_DELETE, u, &b));
    return bind_run(&b, NULL);
}
