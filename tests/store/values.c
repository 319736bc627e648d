/* SPDX-License-Identifier: Apache-2.0 */
/* Unique values and index values. */
#include "suite.h"

struct claim {
    struct unique unique;
    struct uuid environment, id;
    struct uuid holder;
};

static struct claim claim(const char *value, unsigned char n)
{
    return (struct claim){ { here, STR("user"), STR("name"), str_from(value) }, here, id_of(n), nil };
}

static enum err do_claim(struct tx *tx, void *arg)
{
    struct claim *c = arg;

    return tx_unique_put(tx, &c->unique, c->environment, c->id, &c->holder);
}

static enum err do_claim_silently(struct tx *tx, void *arg)
{
    struct claim *c = arg;

    return tx_unique_put(tx, &c->unique, c->environment, c->id, NULL);
}

static enum err do_release(struct tx *tx, void *arg)
{
    struct claim *c = arg;

    return tx_unique_delete(tx, &c->unique);
}

STORE_TEST(unique, names_its_holder)
{
    struct claim c = claim("ann", 1);
    struct uuid environment, id;

    assert_ok(store_write(s, do_claim, &c));
    assert_ok(tx_unique_get(snapshot(s), &c.unique, &environment, &id));
    assert_true(uuid_eq(environment, here) && uuid_eq(id, id_of(1)));
}

STORE_TEST(unique, put_again_by_its_holder_is_fine)
{
    struct claim c = claim("ann", 1);

    assert_ok(store_write(s, do_claim, &c));
    assert_ok(store_write(s, do_claim, &c));
}

STORE_TEST(unique, conflict_names_the_holder)
{
    struct claim first = claim("ann", 1), second = claim("ann", 2);

    assert_ok(store_write(s, do_claim, &first));
    assert_err(store_write(s, do_claim, &second), CONFLICT);
    assert_true(uuid_eq(second.holder, id_of(1)));
    assert_err(store_write(s, do_claim_silently, &second), CONFLICT);
}

STORE_TEST(unique, conflicts_with_the_same_id_of_another_environment)
{
    struct claim first = claim("ann", 1), second = claim("ann", 1);

    assert_ok(store_write(s, do_claim, &first));
    second.environment = there;
    assert_err(store_write(s, do_claim, &second), CONFLICT);
}

STORE_TEST(unique, differs_by_scope_type_attribute_and_value)
{
    struct claim c[5];

    for (unsigned char i = 0; i < LENGTH(c); i++)
        c[i] = claim("ann", i);
    c[1].unique.scope = there;
    c[2].unique.type = STR("group");
    c[3].unique.attribute = STR("email");
    c[4].unique.value = STR("Ann");
    for (size_t i = 0; i < LENGTH(c); i++)
        assert_ok(store_write(s, do_claim, &c[i]));
}

STORE_TEST(unique, of_any_length_is_told_apart_to_its_end)
{
    char text[2][5000];
    struct claim c[2];

    for (unsigned char i = 0; i < 2; i++) {
        memset(text[i], 'a', sizeof(text[i]));
        text[i][sizeof(text[i]) - 1] = (char)i;
        c[i] = claim("", i);
        c[i].unique.value = (struct str){ text[i], sizeof(text[i]) };
        assert_ok(store_write(s, do_claim, &c[i]));
    }
    c[1].id = id_of(0);
    assert_err(store_write(s, do_claim, &c[1]), CONFLICT);
}

STORE_TEST(unique, is_free_once_deleted)
{
    struct claim first = claim("ann", 1), second = claim("ann", 2);
    struct uuid environment, id;

    assert_ok(store_write(s, do_release, &first));
    assert_ok(store_write(s, do_claim, &first));
    assert_ok(store_write(s, do_release, &first));
    assert_err(tx_unique_get(snapshot(s), &first.unique, &environment, &id), NOT_FOUND);
    assert_ok(store_write(s, do_claim, &second));
}

static enum err do_claim_expired(struct tx *tx, void *arg)
{
    struct claim *c = arg;
    struct object o = thing(c->id.b[15]);

    o.type = STR("user");
    o.expires_at_ms = 1;
    TRY(tx_insert(tx, &o));
    return do_claim(tx, arg);
}

STORE_TEST(unique, of_an_expired_object_is_free)
{
    struct claim first = claim("ann", 1), second = claim("ann", 2);
    struct uuid environment, id;

    assert_ok(store_write(s, do_claim_expired, &first));
    assert_err(tx_unique_get(snapshot(s), &first.unique, &environment, &id), NOT_FOUND);
    assert_ok(store_write(s, do_claim, &second));
    assert_ok(tx_unique_get(snapshot(s), &first.unique, &environment, &id));
    assert_true(uuid_eq(id, id_of(2)));
}

/* Index values */

static struct index_value entry(const char *value, unsigned char n)
{
    return (struct index_value){ here, STR("thing"), STR("name"), str_from(value), id_of(n) };
}

static enum err do_index(struct tx *tx, void *value)
{
    return tx_index_put(tx, value);
}

static enum err do_unindex(struct tx *tx, void *value)
{
    return tx_index_delete(tx, value);
}

static const char *const names[] = { "",  "ab",    "abc",       "abc",  "abd",
                                     "b", "b\xff", "b\xff\xff", "\xff", "\xff\xff" };

/* Thing n has the name n - 1; and rows that no range over it may show. */
static enum err insert_names(struct tx *tx, void *arg UNUSED)
{
    struct index_value dangling = entry("abc", 200), elsewhere = entry("abc", 1), email = entry("abc", 2);

    for (unsigned char n = LENGTH(names); n > 0; n--) {
        struct index_value v = entry(names[n - 1], n);
        struct object o = thing(n);

        TRY(tx_insert(tx, &o));
        TRY(tx_index_put(tx, &v));
    }
    elsewhere.environment = there;
    email.attribute = STR("email");
    TRY(tx_index_put(tx, &dangling));
    TRY(tx_index_put(tx, &elsewhere));
    return tx_index_put(tx, &email);
}

static struct index_range range_of(enum index_match match, const char *value)
{
    return (struct index_range){
        .environment = here,
        .type = STR("thing"),
        .attribute = STR("name"),
        .value = str_from(value),
        .match = match,
        .limit = 100,
    };
}

static void assert_range(struct store *s, const struct index_range *range, const char *ids)
{
    struct tx *tx = snapshot(s);
    struct object_list list;

    assert_ok(tx_index_list(tx, suite_arena(), range, &list));
    assert_int_equal(list.n, strlen(ids));
    for (size_t i = 0; i < list.n; i++) {
        assert_int_equal(list.items[i].id.b[15], ids[i]);
        assert_str(list.items[i].document, "{\"name\":\"it\"}");
        assert_str(list.items[i].type, "thing");
        assert_int_equal(list.items[i].version, 1);
    }
    tx_end(tx);
}

struct range_case {
    enum index_match match;
    const char *value, *up, *down;
};

STORE_TEST(index, range_holds_what_matches)
{
    static const struct range_case cases[] = {
        { INDEX_ALL, "", "\1\2\3\4\5\6\7\10\11\12", "\12\11\10\7\6\5\4\3\2\1" },
        { INDEX_EQUAL, "abc", "\3\4", "\4\3" },
        { INDEX_EQUAL, "ab", "\2", "\2" },
        { INDEX_EQUAL, "a", "", "" },
        { INDEX_EQUAL, "", "\1", "\1" },
        { INDEX_EQUAL, "\xff", "\11", "\11" },
        { INDEX_PREFIX, "ab", "\2\3\4\5", "\5\4\3\2" },
        { INDEX_PREFIX, "abc", "\3\4", "\4\3" },
        { INDEX_PREFIX, "abce", "", "" },
        { INDEX_PREFIX, "", "\1\2\3\4\5\6\7\10\11\12", "\12\11\10\7\6\5\4\3\2\1" },
        { INDEX_PREFIX, "b\xff", "\7\10", "\10\7" },
        { INDEX_PREFIX, "\xff", "\11\12", "\12\11" },
    };

    assert_ok(store_write(s, insert_names, NULL));
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct index_range range = range_of(cases[i].match, cases[i].value);

        assert_range(s, &range, cases[i].up);
        range.descending = true;
        assert_range(s, &range, cases[i].down);
    }
}

struct after_case {
    enum index_match match;
    bool descending;
    const char *value, *after;
    unsigned char after_id;
    const char *ids;
};

STORE_TEST(index, range_goes_on_behind_value_and_id)
{
    static const struct after_case cases[] = {
        { INDEX_ALL, false, "", "abc", 3, "\4\5\6\7\10\11\12" },
        { INDEX_ALL, false, "", "abc", 4, "\5\6\7\10\11\12" },
        { INDEX_ALL, false, "", "abca", 0, "\5\6\7\10\11\12" },
        { INDEX_ALL, true, "", "abc", 4, "\3\2\1" },
        { INDEX_ALL, true, "", "abc", 3, "\2\1" },
        { INDEX_ALL, true, "", "", 1, "" },
        { INDEX_PREFIX, false, "ab", "ab", 2, "\3\4\5" },
        { INDEX_PREFIX, false, "ab", "abd", 5, "" },
        { INDEX_PREFIX, false, "ab", "", 0, "\2\3\4\5" }, /* before the range */
        { INDEX_PREFIX, false, "ab", "b", 6, "" },        /* behind it */
        { INDEX_PREFIX, true, "ab", "abd", 5, "\4\3\2" },
        { INDEX_PREFIX, true, "ab", "b", 6, "\5\4\3\2" },
        { INDEX_PREFIX, true, "ab", "", 1, "" },
        { INDEX_EQUAL, false, "abc", "abc", 3, "\4" },
        { INDEX_EQUAL, true, "abc", "abc", 4, "\3" },
    };

    assert_ok(store_write(s, insert_names, NULL));
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct index_range range = range_of(cases[i].match, cases[i].value);

        range.descending = cases[i].descending;
        range.has_after = true;
        range.after_value = str_from(cases[i].after);
        range.after_id = id_of(cases[i].after_id);
        assert_range(s, &range, cases[i].ids);
    }
}

STORE_TEST(index, range_ends_at_its_limit)
{
    struct index_range range = range_of(INDEX_ALL, "");

    assert_ok(store_write(s, insert_names, NULL));
    range.limit = 3;
    assert_range(s, &range, "\1\2\3");
    range.descending = true;
    assert_range(s, &range, "\12\11\10");
    range.limit = 0;
    assert_range(s, &range, "");
}

STORE_TEST(index, value_put_twice_is_there_once)
{
    struct index_value v = entry("abc", 3);
    struct index_range range = range_of(INDEX_EQUAL, "abc");

    assert_ok(store_write(s, insert_names, NULL));
    assert_ok(store_write(s, do_index, &v));
    assert_range(s, &range, "\3\4");
    assert_ok(store_write(s, do_unindex, &v));
    assert_range(s, &range, "\4");
    assert_ok(store_write(s, do_unindex, &v));
}

/* 63, 64 and 65 octets stand on both sides of what the store keeps as it is; all begin alike. */
STORE_TEST(index, long_values_are_told_apart)
{
    static const size_t lengths[] = { 63, 64, 65, 65, 80, 5000 };
    char text[LENGTH(lengths)][5000];
    struct index_range range = range_of(INDEX_EQUAL, "");
    char only[2] = { 0 };

    for (unsigned char n = 0; n < LENGTH(lengths); n++) {
        struct object o = thing((unsigned char)(n + 1));
        struct index_value v = entry("", (unsigned char)(n + 1));

        memset(text[n], 'a', sizeof(text[n]));
        text[n][lengths[n] - 1] = (char)('a' + n);
        v.value = (struct str){ text[n], lengths[n] };
        assert_ok(store_write(s, do_insert, &o));
        assert_ok(store_write(s, do_index, &v));
    }
    for (unsigned char n = 0; n < LENGTH(lengths); n++) {
        range.value = (struct str){ text[n], lengths[n] };
        only[0] = (char)(n + 1);
        assert_range(s, &range, only);
    }
}

STORE_TEST(index, long_values_page_without_gap)
{
    struct index_range range = range_of(INDEX_PREFIX, "a");
    char text[20][100];
    bool seen[21] = { 0 };

    for (unsigned char n = 1; n <= 20; n++) {
        struct object o = thing(n);
        struct index_value v = entry("", n);

        memset(text[n - 1], 'a', 100);
        text[n - 1][99] = (char)n;
        v.value = (struct str){ text[n - 1], 100 };
        assert_ok(store_write(s, do_insert, &o));
        assert_ok(store_write(s, do_index, &v));
    }
    range.limit = 3;
    for (int page = 0; page < 7; page++) {
        struct object_list list;

        assert_ok(tx_index_list(snapshot(s), suite_arena(), &range, &list));
        assert_int_equal(list.n, page < 6 ? 3 : 2);
        for (size_t i = 0; i < list.n; i++) {
            range.after_id = list.items[i].id;
            assert_false(seen[range.after_id.b[15]]);
            seen[range.after_id.b[15]] = true;
        }
        range.has_after = true;
        range.after_value = (struct str){ text[range.after_id.b[15] - 1], 100 };
    }
}

STORE_TEST(index, prefix_over_the_kept_one_finds_candidates)
{
    struct index_range range = range_of(INDEX_PREFIX, "");
    struct object o = thing(1);
    struct index_value v = entry("", 1);
    char text[200];

    memset(text, 'a', sizeof(text));
    v.value = (struct str){ text, 200 };
    range.value = (struct str){ text, 150 };
    assert_ok(store_write(s, do_insert, &o));
    assert_ok(store_write(s, do_index, &v));
    assert_range(s, &range, "\1");
}
