/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/uuid.h"

TEST(uuid, version_7_sorts_in_the_order_of_making) /* RFC 9562 6.2 */
{
    struct uuid last = uuid_v7();

    for (int i = 0; i < 10000; i++) {
        struct uuid next = uuid_v7();

        assert_true(memcmp(last.b, next.b, 16) < 0);
        assert_int_equal(next.b[6] >> 4, 7);
        assert_int_equal(next.b[8] >> 6, 2);
        last = next;
    }
}

TEST(uuid, goes_back_and_forth)
{
    char text[UUID_TEXT_LENGTH + 1];
    struct uuid u;

    assert_ok(uuid_parse(STR("01234567-89AB-cdef-8123-456789abcdef"), &u));
    uuid_format(u, text);
    assert_string_equal(text, "01234567-89ab-cdef-8123-456789abcdef");
}

TEST(uuid, refuses_other_text)
{
    static const char *const rows[] = {
        "",
        "01234567-89ab-cdef-8123-456789abcde",
        "01234567-89ab-cdef-8123-456789abcdef0",
        "0123456789ab-cdef-8123-456789abcdef-",
        "g1234567-89ab-cdef-8123-456789abcdef",
        "01234567-89ab-cdef-8123456789abcdef0",
    };
    struct uuid u;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(uuid_parse(str_from(rows[i]), &u), INVALID);
}
