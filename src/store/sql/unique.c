/* SPDX-License-Identifier: Apache-2.0 */
/* Unique values. What an expired object holds is free, as if it had been swept. */
#include "store/sql/sql.h"

static struct binder begin(struct tx *tx, enum statement which, const struct unique *u)
{
    struct binder b = bind_begin(tx, which);

    bind_id(&b, &u->scope);
    bind_text(&b, u->type);
    bind_text(&b, u->attribute);
    bind_octets(&b, u->value);
    return b;
}

enum err tx_unique_get(struct tx *tx, const struct unique *u, struct uuid *ret_environment,
                       struct uuid *ret_id)
{
    struct binder b = begin(tx, UNIQUE_GET, u);

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
    struct binder b = begin(tx, which, u);

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
    struct binder b = begin(tx, UNIQUE_DELETE, u);

    return bind_run(&b, NULL);
}
