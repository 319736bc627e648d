/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "http/multipart.h"

#define TYPE        "multipart/form-data; boundary=xyz"
#define PART(name)  "--xyz\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define END         "\r\n--xyz--\r\n"
#define FIELD(name) PART(name) "value\r\n"

static enum err parse(const char *type, struct str body, struct http_multipart *ret)
{
    return http_multipart_parse(test_arena(), str_from(type), body, ret);
}

static struct http_multipart parsed(struct str body)
{
    struct http_multipart m;

    assert_ok(parse(TYPE, body, &m));
    return m;
}

TEST(multipart, reads_fields_and_files)
{
    struct http_multipart m = parsed(
        STR("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.p12\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n\0\1\xff\r\n" FIELD("usageType") "--xyz--"));

    assert_int_equal(m.n, 2);
    assert_str(http_multipart_get(&m, "file")->file, "a.p12");
    assert_int_equal(http_multipart_get(&m, "file")->body.len, 3);
    assert_memory_equal(http_multipart_get(&m, "file")->body.p, "\0\1\xff", 3);
    assert_true(str_is_none(http_multipart_get(&m, "usageType")->file));
    assert_str(http_multipart_get(&m, "usageType")->body, "value");
    assert_null(http_multipart_get(&m, "password"));
}

TEST(multipart, a_body_may_hold_line_ends_and_what_looks_like_a_boundary)
{
    struct http_multipart m = parsed(STR(PART("a") "\r\n--xy\r\n-xyz\r\n" END));

    assert_str(m.parts[0].body, "\r\n--xy\r\n-xyz\r\n");
}

TEST(multipart, a_body_may_be_empty)
{
    struct http_multipart m = parsed(STR(PART("a") END));

    assert_int_equal(m.parts[0].body.len, 0);
    assert_int_equal(parsed(STR("--xyz--")).n, 0);
}

TEST(multipart, takes_names_as_clients_write_them)
{
    static const struct {
        const char *disposition, *name;
    } rows[] = {
        { "form-data; name=a", "a" },
        { "Form-Data;NAME=\"a\"", "a" },
        { "form-data ; name=\"a b;c\" ; filename=\"\"", "a b;c" },
        { "form-data; name=\"a\\\"b\\\\c\"", "a\"b\\c" },
        { "form-data; filename*=UTF-8''x; name=\"\xc3\xa9\"", "\xc3\xa9" },
    };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct str body;

        assert_ok(str_printf(test_arena(), &body, "--xyz\r\ncontent-disposition: %s\r\n\r\nvalue" END,
                             rows[i].disposition));
        assert_str(parsed(body).parts[0].name, rows[i].name);
    }
}

TEST(multipart, takes_boundaries_as_clients_write_them) /* RFC 2046 5.1.1 */
{
    struct http_multipart m;

    assert_ok(parse("Multipart/Form-Data; charset=utf-8; Boundary=\"xyz\"", STR(FIELD("a") "--xyz--"), &m));
    assert_ok(parse("multipart/form-data;boundary=\"x y\"", STR("--x y--"), &m));
    assert_ok(
        parse(TYPE, STR("--xyz \t\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--xyz-- \r\n"), &m));
}

TEST(multipart, refuses_other_types_and_bad_boundaries)
{
    static const char *const rows[] = {
        "",
        "multipart/mixed; boundary=xyz",
        "multipart/form-data",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"xyz",
        "multipart/form-data; boundary=\"xyz\\",
        "multipart/form-data; boundary=\"xyz \"",
        "multipart/form-data; boundary=\"x@z\"",
        "multipart/form-data; boundary=xyz; boundary=xyz",
        "multipart/form-data; boundary=xyz x",
        "multipart/form-data boundary=xyz",
    };
    struct http_multipart m;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(parse(rows[i], STR(FIELD("a") "--xyz--"), &m), INVALID);
}

TEST(multipart, a_boundary_has_at_most_70_characters)
{
    char boundary[72] = "";
    struct str type, body;
    struct http_multipart m;

    for (int n = 70; n <= 71; n++) {
        memset(boundary, 'b', (size_t)n);
        assert_ok(str_printf(test_arena(), &type, "multipart/form-data; boundary=%s", boundary));
        assert_ok(str_printf(test_arena(), &body, "--%s--", boundary));
        assert_err(parse(type.p, body, &m), n == 70 ? OK : INVALID);
    }
}

TEST(multipart, refuses_malformed_bodies)
{
    static const char *const rows[] = {
        "",
        "--xy",
        "--xyz",
        "--xyz-",
        "--xyz\r\n",
        "preamble\r\n" FIELD("a") "--xyz--",
        FIELD("a"),
        FIELD("a") "--xyz",
        FIELD("a") "--xyz-\r\n",
        FIELD("a") "--xyz--more",
        FIELD("a") "--xyz--\r\nmore",
        FIELD("a") "--xyzw--",
        FIELD("a") FIELD("a") "--xyz--",
        PART("") "value" END,
        PART("\xff") "value" END,
        "--xyz\nContent-Disposition: form-data; name=\"a\"\n\nvalue\n--xyz--\n",
        "--xyz\r\n\r\nvalue" END,
        "--xyz\r\nContent-Type: text/plain\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: form-data\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\\\x02\"\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition : form-data; name=\"a\"\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n"
        "Content-Disposition: form-data; name=\"b\"\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\ndg==" END,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\nno header\r\n\r\nvalue" END,
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n",
    };
    struct http_multipart m;

    for (size_t i = 0; i < LENGTH(rows); i++)
        if (parse(TYPE, str_from(rows[i]), &m) != INVALID)
            fail_msg("taken: %s", rows[i]);
}

/* `n` parts, each with `headers` headers. */
static struct str many(size_t n, size_t headers)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct str body;

    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, "--xyz\r\nContent-Disposition: form-data; name=p%zu\r\n", i);
        for (size_t h = 1; h < headers; h++)
            buf_add_z(&b, "X-More: 1\r\n");
        buf_add_z(&b, "\r\nvalue\r\n");
    }
    buf_add_z(&b, "--xyz--");
    assert_ok(buf_finish(&b, &body));
    return body;
}

TEST(multipart, keeps_its_limits)
{
    struct http_multipart m;

    assert_ok(parse(TYPE, many(HTTP_PARTS_MAX, 1), &m));
    assert_err(parse(TYPE, many(HTTP_PARTS_MAX + 1, 1), &m), INVALID);
    assert_ok(parse(TYPE, many(1, HTTP_PART_HEADERS_MAX), &m));
    assert_err(parse(TYPE, many(1, HTTP_PART_HEADERS_MAX + 1), &m), INVALID);
}

TEST(multipart, a_header_line_has_a_limit)
{
    char filler[HTTP_PART_LINE_MAX + 2];
    struct http_multipart m;
    struct str body;

    for (int over = 0; over <= 1; over++) {
        int n = HTTP_PART_LINE_MAX - 3 + over; /* behind "X: " */

        memset(filler, 'a', sizeof(filler));
        assert_ok(str_printf(test_arena(), &body,
                             "--xyz\r\nX: %.*s\r\nContent-Disposition: form-data; name=a\r\n\r\n" END, n,
                             filler));
        assert_err(parse(TYPE, body, &m), over ? INVALID : OK);
    }
}
