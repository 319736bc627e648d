/* SPDX-License-Identifier: Apache-2.0 */
/* What PostgreSQL's connections alone promise. */
#include "store/postgres/postgres.h"

#include "suite.h"

STORE_TEST_OF(postgres, postgres_read, that_asks_nothing_leaves_no_answer_behind)
{
    struct tx *tx = NULL;

    for (int i = 0; i < 100; i++) {
        struct arena *a = arena_new(0);

        assert_non_null(a);
        assert_ok(store_read_begin(s, a, &tx));
        arena_free(a);
    }
    tx = snapshot(s);
    assert_true(((struct postgres_connection *)(void *)tx->connection)->unread <= 1);
}
