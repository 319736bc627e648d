/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: identity, versions, documents, lists. */
#include "suite.h"

STORE_TEST(object, is_read_as_written)
{
    struct object o = thing(1), got;

    o.parent = id_of(77);
    o.secret = STR("{\"sealed\":1}");
    o.expires_at_ms = INT64_MAX;
    assert_ok(store_write(s, do_insert, &o));
    assert_ok(get(s, &o, &got));
    assert_true(uuid_eq(got.environment, here) && uuid_eq(got.id, o.id) && uuid_eq(got.parent, o.parent));
    assert_str(got.type, "thing");
    assert_str(got.document, "{\"name\":\"it\"}");
    assert_str(got.secret, "{\"sealed\":1}");
    assert_int_equal(got.version, 1);
    assert_true(got.expires_at_ms == INT64_MAX);
}

STORE_TEST(object, tells_no_secret_from_an_empty_one)
{
    struct object none = thing(1), empty = thing(2), got;

    empty.secret = STR("");
    assert_ok(store_write(s, do_insert, &none));
    assert_ok(store_write(s, do_insert, &empty));
    assert_ok(get(s, &none, &got));
    assert_true(str_is_none(got.secret));
    assert_ok(get(s, &empty, &got));
    assert_false(str_is_none(got.secret));
}

STORE_TEST(object, that_is_not_there_is_not_found)
{
    struct object o = thing(1), other = thing(1), got;

    assert_ok(store_write(s, do_insert, &o));
    other.id = id_of(2);
    assert_err(get(s, &other, &got), NOT_FOUND);
    other = thing(1);
    other.type = STR("thin");
    assert_err(get(s, &other, &got), NOT_FOUND);
    other = thing(1);
    other.environment = there;
    assert_err(get(s, &other, &got), NOT_FOUND);
}

STORE_TEST(object, with_a_taken_id_conflicts)
{
    struct object o = thing(1), other = thing(1), got;

    assert_ok(store_write(s, do_insert, &o));
    other.document = STR("{}");
    assert_err(store_write(s, do_insert, &other), CONFLICT);
    assert_ok(get(s, &o, &got));
    assert_str(got.document, "{\"name\":\"it\"}");
    other.environment = there;
    assert_ok(store_write(s, do_insert, &other));
}

STORE_TEST(object, update_replaces_and_counts)
{
    struct object o = thing(1), got;

    assert_ok(store_write(s, do_insert, &o));
    o.version = 1;
    o.parent = id_of(5);
    o.document = STR("{\"name\":\"new\"}");
    o.secret = STR("s");
    assert_ok(store_write(s, do_update, &o));
    assert_ok(get(s, &o, &got));
    assert_int_equal(got.version, 2);
    assert_true(uuid_eq(got.parent, id_of(5)));
    assert_str(got.document, "{\"name\":\"new\"}");
    assert_str(got.secret, "s");
}

STORE_TEST(object, update_of_another_version_conflicts)
{
    struct object o = thing(1), got;

    assert_ok(store_write(s, do_insert, &o));
    o.document = STR("{}");
    o.version = 2;
    assert_err(store_write(s, do_update, &o), CONFLICT);
    o.version = 0;
    assert_err(store_write(s, do_update, &o), CONFLICT);
    assert_ok(get(s, &o, &got));
    assert_int_equal(got.version, 1);
    assert_str(got.document, "{\"name\":\"it\"}");
}

STORE_TEST(object, update_of_nothing_conflicts)
{
    struct object o = thing(1);

    o.version = 1;
    assert_err(store_write(s, do_update, &o), CONFLICT);
}

STORE_TEST(object, is_gone_once_deleted)
{
    struct object o = thing(1), got;

    assert_ok(store_write(s, do_insert, &o));
    assert_ok(store_write(s, do_delete, &o));
    assert_err(get(s, &o, &got), NOT_FOUND);
    assert_err(store_write(s, do_delete, &o), NOT_FOUND);
}

STORE_TEST(object, of_a_megabyte_is_kept_whole)
{
    char *p = arena_alloc(suite_arena(), 1024 * 1024);
    struct object o = thing(1), got;

    assert_non_null(p);
    memset(p, 'x', 1024 * 1024);
    p[1024 * 1024 - 1] = '\0';
    o.document = (struct str){ p, 1024 * 1024 };
    assert_ok(store_write(s, do_insert, &o));
    assert_ok(get(s, &o, &got));
    assert_true(str_eq(got.document, o.document));
}

/* Ten things in `here`, the even ones below parent 100, and one elsewhere. */
static enum err insert_ten(struct tx *tx, void *arg UNUSED)
{
    struct object elsewhere = thing(3), other_type = thing(4);

    for (unsigned char n = 10; n > 0; n--) {
        struct object o = thing(n);

        o.parent = n % 2 ? nil : id_of(100);
        TRY(tx_insert(tx, &o));
    }
    elsewhere.environment = there;
    elsewhere.parent = id_of(100);
    other_type.type = STR("other");
    other_type.parent = id_of(100);
    TRY(tx_insert(tx, &elsewhere));
    return tx_insert(tx, &other_type);
}

static void assert_list(struct store *s, const struct object_range *range, const char *ids)
{
    struct tx *tx = snapshot(s);
    struct object_list list;

    assert_ok(tx_list(tx, suite_arena(), range, &list));
    assert_int_equal(list.n, strlen(ids));
    for (size_t i = 0; i < list.n; i++) {
        assert_int_equal(list.items[i].id.b[15], ids[i]);
        assert_true(uuid_eq(list.items[i].environment, range->environment));
        assert_true(str_eq(list.items[i].type, range->type));
        assert_true(list.items[i].document.len > 0);
    }
    tx_end(tx);
}

STORE_TEST(object, list_is_in_the_order_of_ids)
{
    struct object_range range = { .environment = here, .type = STR("thing"), .limit = 100 };

    assert_ok(store_write(s, insert_ten, NULL));
    assert_list(s, &range, "\1\2\3\4\5\6\7\10\11\12");
}

STORE_TEST(object, list_goes_on_after_an_id)
{
    struct object_range range = { .environment = here, .type = STR("thing"), .limit = 4 };

    assert_ok(store_write(s, insert_ten, NULL));
    assert_list(s, &range, "\1\2\3\4");
    range.after = id_of(4);
    assert_list(s, &range, "\5\6\7\10");
    range.after = id_of(8);
    assert_list(s, &range, "\11\12");
    range.after = id_of(10);
    assert_list(s, &range, "");
}

STORE_TEST(object, list_below_a_parent)
{
    struct object_range range = { .environment = here, .type = STR("thing"), .has_parent = true, .limit = 3 };

    assert_ok(store_write(s, insert_ten, NULL));
    range.parent = id_of(100);
    assert_list(s, &range, "\2\4\6");
    range.after = id_of(6);
    assert_list(s, &range, "\10\12");
    range.after = nil;
    range.parent = id_of(101);
    assert_list(s, &range, "");
    range.parent = nil; /* those that have none */
    assert_list(s, &range, "\1\3\5");
}

STORE_TEST(object, list_holds_one_environment_only)
{
    struct object_range range = { .environment = there, .type = STR("thing"), .limit = 100 };

    assert_ok(store_write(s, insert_ten, NULL));
    assert_list(s, &range, "\3");
    range.environment = nil;
    assert_list(s, &range, "");
}

STORE_TEST(object, list_of_limit_0_is_empty)
{
    struct object_range range = { .environment = here, .type = STR("thing") };

    assert_ok(store_write(s, insert_ten, NULL));
    assert_list(s, &range, "");
}

static enum err insert_thousand(struct tx *tx, void *arg UNUSED)
{
    for (int i = 0; i < 1000; i++) {
        struct object o = thing(0);

        o.id = uuid_v7();
        TRY(tx_insert(tx, &o));
    }
    return OK;
}

STORE_TEST(object, list_without_limit_holds_all)
{
    struct object_range range = { .environment = here, .type = STR("thing"), .limit = SIZE_MAX };
    struct object_list list;

    assert_ok(store_write(s, insert_thousand, NULL));
    assert_ok(tx_list(snapshot(s), suite_arena(), &range, &list));
    assert_int_equal(list.n, 1000);
}
