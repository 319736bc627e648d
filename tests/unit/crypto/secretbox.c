/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "crypto/secretbox.h"

static struct str sealed_of(const struct master_key *k)
{
    struct str sealed;

    assert_ok(secretbox_seal(test_arena(), k, STR("here"), STR("secret"), &sealed));
    return sealed;
}

TEST(secretbox, opens_what_it_sealed)
{
    struct master_key k = master_key_generate();
    struct str plain;

    assert_ok(secretbox_open(test_arena(), &k, STR("here"), sealed_of(&k), &plain));
    assert_str(plain, "secret");
}

TEST(secretbox, opens_nothing_when_nothing_was_sealed)
{
    struct master_key k = master_key_generate();
    struct str sealed, plain;

    assert_ok(secretbox_seal(test_arena(), &k, STR(""), STR(""), &sealed));
    assert_ok(secretbox_open(test_arena(), &k, STR(""), sealed, &plain));
    assert_int_equal(plain.len, 0);
}

TEST(secretbox, never_seals_alike)
{
    struct master_key k = master_key_generate();

    assert_false(str_eq(sealed_of(&k), sealed_of(&k)));
}

TEST(secretbox, opens_nowhere_else)
{
    struct master_key k = master_key_generate();
    struct str plain;

    assert_err(secretbox_open(test_arena(), &k, STR("there"), sealed_of(&k), &plain), CORRUPT);
}

TEST(secretbox, refuses_another_key)
{
    struct master_key k = master_key_generate(), other = master_key_generate();
    struct str plain;

    assert_err(secretbox_open(test_arena(), &other, STR("here"), sealed_of(&k), &plain), CORRUPT);
}

TEST(secretbox, refuses_every_changed_character)
{
    struct master_key k = master_key_generate();
    struct str sealed = sealed_of(&k), plain;

    for (size_t i = 0; i + 1 < sealed.len; i++) {
        struct str changed;

        assert_ok(str_copy(test_arena(), sealed, &changed));
        ((char *)(uintptr_t)changed.p)[i] = changed.p[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(secretbox_open(test_arena(), &k, STR("here"), changed, &plain), OK);
    }
    assert_err(secretbox_open(test_arena(), &k, STR("here"), str_slice(sealed, 0, 20), &plain), CORRUPT);
}

TEST(master_key, comes_back_from_its_text)
{
    struct master_key k = master_key_generate(), again;
    struct str text;

    assert_ok(master_key_text(test_arena(), &k, &text));
    assert_int_equal(text.len, 43);
    assert_ok(master_key_parse(test_arena(), text, &again));
    assert_memory_equal(&k, &again, sizeof(k));
    assert_err(master_key_parse(test_arena(), str_slice(text, 0, 42), &again), INVALID);
}
