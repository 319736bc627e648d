/* SPDX-License-Identifier: Apache-2.0 */
/* References from one object to another that it needs. */
#include "store/sql/sql.h"

enum err tx_reference_put(struct tx *tx, const struct reference *r)
{
    struct binder b = bind_begin(tx, REFERENCE_PUT);

    bind_id(&b, &r->environment);
    bind_text(&b, r->source_type);
    bind_id(&b, &r->source);
    bind_text(&b, r->attribute);
    bind_text(&b, r->target_type);
    bind_id(&b, &r->target);
    return bind_run(&b, NULL);
}

enum err tx_reference_delete_all(struct tx *tx, struct uuid environment, struct str source_type,
                                 struct uuid source)
{
    struct binder b = bind_begin(tx, REFERENCE_DELETE_OF);

    bind_id(&b, &environment);
    bind_text(&b, source_type);
    bind_id(&b, &source);
    return bind_run(&b, NULL);
}

static enum err read_source(const struct binder *b, struct arena *a, void *item)
{
    struct reference *r = item;

    TRY(row_str(b, 0, a, &r->source_type));
    r->source = row_id(b, 1);
    return row_str(b, 2, a, &r->attribute);
}

enum err tx_reference_list(struct tx *tx, struct arena *a, struct uuid environment, struct str target_type,
                           struct uuid target, struct str source_type, size_t limit, struct reference **ret,
                           size_t *ret_n)
{
    struct reference like = { .environment = environment, .target_type = target_type, .target = target };
    const struct row_kind kind = { sizeof(like), read_source, &like };
    struct list rows = { 0 };
    struct binder b = bind_begin(tx, REFERENCE_LIST);

    bind_id(&b, &environment);
    bind_text(&b, target_type);
    bind_id(&b, &target);
    bind_text(&b, source_type);
    bind_limit(&b, limit);
    TRY(rows_read(&b, a, &kind, &rows));
    *ret = rows.items;
    *ret_n = rows.n;
    return OK;
}
