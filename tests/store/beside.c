/* SPDX-License-Identifier: Apache-2.0 */
/* What is written beside an object: references, counters, events. */
#include "suite.h"

static struct reference reference(unsigned char source, const char *attribute, unsigned char target)
{
    return (struct reference){
        here, STR("user"), id_of(source), str_from(attribute), STR("population"), id_of(target)
    };
}

static enum err do_refer(struct tx *tx, void *r)
{
    return tx_reference_put(tx, r);
}

static enum err do_unrefer(struct tx *tx, void *arg)
{
    struct reference *r = arg;

    return tx_reference_delete_all(tx, r->environment, r->source_type, r->source);
}

static size_t count_references(struct store *s, unsigned char target, struct str source_type, size_t limit)
{
    struct reference *list;
    size_t n = 99;

    assert_ok(tx_reference_list(snapshot(s), suite_arena(), here, STR("population"), id_of(target),
                                source_type, limit, &list, &n));
    return n;
}

STORE_TEST(reference, is_listed_at_its_target)
{
    struct reference r = reference(1, "population.id", 9), *list;
    size_t n;

    assert_ok(store_write(s, do_refer, &r));
    assert_ok(tx_reference_list(snapshot(s), suite_arena(), here, STR("population"), id_of(9), STR_NONE, 10,
                                &list, &n));
    assert_int_equal(n, 1);
    assert_true(uuid_eq(list[0].environment, here) && uuid_eq(list[0].source, id_of(1)));
    assert_true(uuid_eq(list[0].target, id_of(9)));
    assert_str(list[0].source_type, "user");
    assert_str(list[0].attribute, "population.id");
    assert_str(list[0].target_type, "population");
    assert_int_equal(count_references(s, 8, STR_NONE, 10), 0);
}

STORE_TEST(reference, put_twice_is_there_once)
{
    struct reference r = reference(1, "a", 9);

    assert_ok(store_write(s, do_refer, &r));
    assert_ok(store_write(s, do_refer, &r));
    assert_int_equal(count_references(s, 9, STR_NONE, 10), 1);
}

STORE_TEST(reference, list_keeps_to_source_type_and_limit)
{
    struct reference group = reference(1, "a", 9);

    for (unsigned char n = 1; n <= 30; n++) {
        struct reference r = reference(n, "a", 9);

        assert_ok(store_write(s, do_refer, &r));
    }
    group.source_type = STR("group");
    assert_ok(store_write(s, do_refer, &group));
    assert_int_equal(count_references(s, 9, STR_NONE, 100), 31);
    assert_int_equal(count_references(s, 9, STR("user"), 100), 30);
    assert_int_equal(count_references(s, 9, STR("group"), 100), 1);
    assert_int_equal(count_references(s, 9, STR("user"), 7), 7);
    assert_int_equal(count_references(s, 9, STR_NONE, 0), 0);
}

STORE_TEST(reference, all_of_a_source_go_together)
{
    struct reference one = reference(1, "a", 9), two = reference(1, "b", 8), other = reference(2, "a", 9);

    assert_ok(store_write(s, do_unrefer, &one));
    assert_ok(store_write(s, do_refer, &one));
    assert_ok(store_write(s, do_refer, &two));
    assert_ok(store_write(s, do_refer, &other));
    assert_ok(store_write(s, do_unrefer, &one));
    assert_int_equal(count_references(s, 9, STR_NONE, 10), 1);
    assert_int_equal(count_references(s, 8, STR_NONE, 10), 0);
}

/* Counters */

struct addition {
    struct uuid environment;
    const char *name;
    struct uuid id;
    int64_t delta, sum;
};

static enum err do_add(struct tx *tx, void *arg)
{
    struct addition *a = arg;

    return tx_counter_add(tx, a->environment, str_from(a->name), a->id, a->delta, &a->sum);
}

static enum err do_forget(struct tx *tx, void *arg)
{
    struct addition *a = arg;

    return tx_counter_delete(tx, a->environment, str_from(a->name), a->id);
}

static int64_t count_of(struct store *s, const struct addition *a)
{
    int64_t n = 99;

    assert_ok(tx_counter_get(snapshot(s), a->environment, str_from(a->name), a->id, &n));
    return n;
}

STORE_TEST(counter, that_is_absent_is_0)
{
    struct addition a = { here, "users", id_of(1), 1, 0 };

    assert_int_equal(count_of(s, &a), 0);
    assert_ok(store_write(s, do_forget, &a));
}

STORE_TEST(counter, adds_up)
{
    struct addition a = { here, "users", id_of(1), 5, 0 };

    assert_ok(store_write(s, do_add, &a));
    assert_int_equal(a.sum, 5);
    a.delta = -7;
    assert_ok(store_write(s, do_add, &a));
    assert_int_equal(a.sum, -2);
    assert_int_equal(count_of(s, &a), -2);
    assert_ok(store_write(s, do_forget, &a));
    assert_int_equal(count_of(s, &a), 0);
}

STORE_TEST(counter, differs_by_environment_name_and_id)
{
    struct addition a[4] = {
        { here, "users", id_of(1), 1, 0 },
        { there, "users", id_of(1), 2, 0 },
        { here, "groups", id_of(1), 3, 0 },
        { here, "users", id_of(2), 4, 0 },
    };

    for (size_t i = 0; i < LENGTH(a); i++)
        assert_ok(store_write(s, do_add, &a[i]));
    for (size_t i = 0; i < LENGTH(a); i++)
        assert_int_equal(count_of(s, &a[i]), i + 1);
}

/* Events */

static enum err write_events(struct tx *tx, void *arg UNUSED)
{
    TRY(tx_event(tx, here, STR("{\"n\":1}")));
    TRY(tx_event(tx, there, STR("{\"n\":2}")));
    return tx_event(tx, here, STR("{\"n\":3}"));
}

STORE_TEST(event, stream_is_in_the_order_of_writing)
{
    struct event *list;
    size_t n;

    assert_ok(store_write(s, write_events, NULL));
    assert_ok(tx_event_list(snapshot(s), suite_arena(), 0, 10, &list, &n));
    assert_int_equal(n, 3);
    assert_str(list[0].document, "{\"n\":1}");
    assert_str(list[1].document, "{\"n\":2}");
    assert_str(list[2].document, "{\"n\":3}");
    assert_true(uuid_eq(list[0].environment, here) && uuid_eq(list[1].environment, there));
    assert_true(list[0].sequence > 0 && list[0].sequence < list[1].sequence &&
                list[1].sequence < list[2].sequence);
}

STORE_TEST(event, stream_goes_on_after_a_sequence)
{
    struct event *list, *rest;
    size_t n;

    assert_ok(store_write(s, write_events, NULL));
    assert_ok(tx_event_list(snapshot(s), suite_arena(), 0, 2, &list, &n));
    assert_int_equal(n, 2);
    assert_ok(tx_event_list(snapshot(s), suite_arena(), list[1].sequence, 2, &rest, &n));
    assert_int_equal(n, 1);
    assert_str(rest[0].document, "{\"n\":3}");
    assert_ok(tx_event_list(snapshot(s), suite_arena(), rest[0].sequence, 2, &rest, &n));
    assert_int_equal(n, 0);
}
