/* SPDX-License-Identifier: Apache-2.0 */
/* Walking over all that is kept: what verification stands on. */
#include "suite.h"

static enum err fill(struct tx *tx, void *arg UNUSED)
{
    struct unique u = { here, STR("thing"), STR("name"), STR("it") };
    struct index_value v = { here, STR("thing"), STR("name"), STR("it"), id_of(1) };
    struct reference r = { here, STR("thing"), id_of(1), STR("other.id"), STR("other"), id_of(9) };
    struct object o = thing(1), expired = thing(2), other = thing(9), away = thing(3);
    int64_t n;

    o.parent = id_of(7);
    o.secret = STR("secret");
    expired.expires_at_ms = 5;
    other.type = STR("other");
    away.environment = there;
    TRY(tx_insert(tx, &away));
    TRY(tx_insert(tx, &expired));
    TRY(tx_insert(tx, &other));
    TRY(tx_insert(tx, &o));
    TRY(tx_unique_put(tx, &u, here, o.id, NULL));
    TRY(tx_index_put(tx, &v));
    TRY(tx_reference_put(tx, &r));
    TRY(tx_counter_add(tx, here, STR("thing"), nil, 2, &n));
    return tx_counter_add(tx, there, STR("thing"), nil, 1, &n);
}

STORE_TEST(walk, shows_every_object_in_the_order_of_its_key)
{
    const struct uuid ids[] = { id_of(9), id_of(1), id_of(2), id_of(3) };
    struct object *after = NULL;
    struct object_list list;
    struct tx *tx;
    size_t n = 0;

    assert_ok(store_write(s, fill, NULL));
    tx = snapshot(s);
    for (;;) {
        assert_ok(tx_walk_objects(tx, suite_arena(), after, 1, &list));
        if (list.n == 0)
            break;
        after = &list.items[0];
        assert_true(n < LENGTH(ids) && uuid_eq(after->id, ids[n]));
        assert_int_equal(after->version, 1);
        n++;
    }
    assert_int_equal(n, LENGTH(ids));
    assert_ok(tx_walk_objects(tx, suite_arena(), NULL, 10, &list));
    assert_int_equal(list.n, 4);
    assert_true(uuid_eq(list.items[3].environment, there));
    assert_str(list.items[1].secret, "secret");
    assert_true(uuid_eq(list.items[1].parent, id_of(7)));
    assert_int_equal(list.items[2].expires_at_ms, 5);
}

STORE_TEST(walk, shows_the_rows_beside_an_object)
{
    struct object o = thing(1), other = thing(2);
    struct object_rows rows;
    struct tx *tx;

    assert_ok(store_write(s, fill, NULL));
    tx = snapshot(s);
    assert_ok(tx_rows_of(tx, suite_arena(), &o, &rows));
    assert_int_equal(rows.unique_n, 1);
    assert_true(uuid_eq(rows.unique[0].scope, here));
    assert_str(rows.unique[0].attribute, "name");
    assert_str(rows.unique[0].value, "it");
    assert_int_equal(rows.index_n, 1);
    assert_str(rows.index[0].attribute, "name");
    assert_str(rows.index[0].value, "it");
    assert_int_equal(rows.references_n, 1);
    assert_str(rows.references[0].attribute, "other.id");
    assert_str(rows.references[0].target_type, "other");
    assert_true(uuid_eq(rows.references[0].target, id_of(9)));
    assert_ok(tx_rows_of(tx, suite_arena(), &other, &rows));
    assert_int_equal(rows.unique_n + rows.index_n + rows.references_n, 0);
}

static enum err put_long(struct tx *tx, void *arg)
{
    struct index_value v = { here, STR("thing"), STR("name"), *(struct str *)arg, id_of(1) };

    return tx_index_put(tx, &v);
}

STORE_TEST(walk, shows_index_values_in_the_form_they_are_kept_in)
{
    char text[200];
    struct str value = { text, sizeof(text) }, key;
    struct object o = thing(1);
    struct object_rows rows;

    memset(text, 'x', sizeof(text));
    assert_ok(store_write(s, put_long, &value));
    assert_ok(tx_rows_of(snapshot(s), suite_arena(), &o, &rows));
    assert_ok(store_index_key(suite_arena(), value, &key));
    assert_int_equal(rows.index_n, 1);
    assert_true(str_eq(rows.index[0].value, key));
    assert_ok(store_index_key(suite_arena(), STR("short"), &key));
    assert_str(key, "short");
}

STORE_TEST(walk, finds_rows_without_an_object)
{
    struct object o = thing(1);
    struct stray *list;
    size_t n;

    assert_ok(store_write(s, fill, NULL));
    assert_ok(tx_strays(snapshot(s), suite_arena(), 10, &list, &n));
    assert_int_equal(n, 0);
    assert_ok(store_write(s, do_delete, &o));
    assert_ok(tx_strays(snapshot(s), suite_arena(), 10, &list, &n));
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].kind, i);
        assert_true(uuid_eq(list[i].environment, here) && uuid_eq(list[i].id, o.id));
        assert_str(list[i].type, "thing");
        assert_str(list[i].attribute, i == STRAY_REFERENCE ? "other.id" : "name");
    }
    assert_ok(tx_strays(snapshot(s), suite_arena(), 2, &list, &n));
    assert_int_equal(n, 2);
}

static enum err erase_here(struct tx *tx, void *arg UNUSED)
{
    return tx_erase_environment(tx, here);
}

STORE_TEST(walk, takes_rows_of_an_erased_environment_for_no_strays)
{
    struct object o = thing(1);
    struct stray *list;
    bool erased;
    size_t n;

    assert_ok(store_write(s, fill, NULL));
    assert_ok(tx_is_erased(snapshot(s), here, &erased));
    assert_false(erased);
    assert_ok(store_write(s, do_delete, &o));
    assert_ok(store_write(s, erase_here, NULL));
    assert_ok(tx_is_erased(snapshot(s), here, &erased));
    assert_true(erased);
    assert_ok(tx_strays(snapshot(s), suite_arena(), 10, &list, &n));
    assert_int_equal(n, 0);
}

STORE_TEST(walk, shows_every_counter)
{
    struct counter *list, first;
    struct tx *tx;
    size_t n;

    assert_ok(store_write(s, fill, NULL));
    tx = snapshot(s);
    assert_ok(tx_walk_counters(tx, suite_arena(), NULL, 1, &list, &n));
    assert_int_equal(n, 1);
    first = list[0];
    assert_true(uuid_eq(first.environment, here) && uuid_is_nil(first.id));
    assert_str(first.name, "thing");
    assert_int_equal(first.value, 2);
    assert_ok(tx_walk_counters(tx, suite_arena(), &first, 10, &list, &n));
    assert_int_equal(n, 1);
    assert_true(uuid_eq(list[0].environment, there));
    assert_ok(tx_walk_counters(tx, suite_arena(), &list[0], 10, &list, &n));
    assert_int_equal(n, 0);
}

STORE_TEST(walk, counts_objects_and_references)
{
    struct reference like = { .environment = here,
                              .source_type = STR("thing"),
                              .attribute = STR("other.id"),
                              .target_type = STR("other"),
                              .target = id_of(9) };
    struct tx *tx;
    int64_t n;

    assert_ok(store_write(s, fill, NULL));
    tx = snapshot(s);
    assert_ok(tx_count_objects(tx, here, STR("thing"), nil, &n));
    assert_int_equal(n, 2);
    assert_ok(tx_count_objects(tx, here, STR("thing"), id_of(7), &n));
    assert_int_equal(n, 1);
    assert_ok(tx_count_references(tx, &like, &n));
    assert_int_equal(n, 1);
    like.attribute = STR("else.id");
    assert_ok(tx_count_references(tx, &like, &n));
    assert_int_equal(n, 0);
}

STORE_TEST(walk, finds_no_fault_in_sound_pages)
{
    struct str text;

    assert_ok(store_write(s, fill, NULL));
    assert_ok(tx_check_pages(snapshot(s), suite_arena(), &text));
    assert_true(str_is_none(text));
}
