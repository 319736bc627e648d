/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "http/http.h"

static struct http_request with(const char *name, const char *value)
{
    struct http_header *h = ARENA_NEW(test_arena(), struct http_header);

    *h = (struct http_header){ str_from(name), str_from(value) };
    return (struct http_request){ .arena = test_arena(), .headers = h, .headers_n = 1 };
}

TEST(form, decodes_names_and_values)
{
    struct http_form f;

    assert_ok(http_form_parse(test_arena(), STR("a=1&b+c=%26%3D&d&&e="), &f));
    assert_int_equal(f.n, 4);
    assert_str(http_form_get(&f, "a"), "1");
    assert_str(http_form_get(&f, "b c"), "&=");
    assert_str(http_form_get(&f, "d"), "");
    assert_true(str_is_none(http_form_get(&f, "x")));
}

TEST(form, refuses_escapes_nul_and_bad_utf8)
{
    static const char *const rows[] = { "a=%", "a=%4", "a=%zz", "a=%00", "%00=a", "a=%ff", "%c3=a" };
    struct http_form f;

    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_err(http_form_parse(test_arena(), str_from(rows[i]), &f), INVALID);
}

TEST(form, takes_100_fields_and_refuses_101)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct http_form f;
    struct str text;

    for (int i = 0; i < HTTP_FORM_FIELDS_MAX; i++)
        buf_printf(&b, "f%d=x&", i);
    assert_ok(buf_finish(&b, &text));
    assert_ok(http_form_parse(test_arena(), text, &f));
    buf_add_z(&b, "one=more");
    assert_ok(buf_finish(&b, &text));
    assert_err(http_form_parse(test_arena(), text, &f), INVALID);
}

TEST(cookie, is_found_among_others)
{
    struct http_request rq = with("Cookie", "a=1; ST=x=y ;STX=z");

    assert_str(http_cookie(&rq, "ST"), "x=y");
    assert_str(http_cookie(&rq, "STX"), "z");
    assert_true(str_is_none(http_cookie(&rq, "S")));
}

TEST(basic, gives_name_and_password) /* RFC 7617 2 */
{
    struct http_request rq = with("Authorization", "basic QWxhZGRpbjpvcGVuOnNlc2FtZQ==");
    struct str name, password;

    assert_ok(http_basic(&rq, &name, &password));
    assert_str(name, "Aladdin");
    assert_str(password, "open:sesame");
}

TEST(basic, refuses_malformed_credentials)
{
    static const char *const rows[] = { "Basic", "Basic ", "Basic !!!!",
                                        "Basic QWxhZGRpbg==", "Basic QTpCAA==" };
    struct str name, password;

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct http_request rq = with("Authorization", rows[i]);

        assert_err(http_basic(&rq, &name, &password), INVALID);
    }
}

TEST(bearer, takes_a_token_and_nothing_else) /* RFC 6750 2.1 */
{
    struct http_request rq = with("Authorization", "Bearer a.b-c_d~e+f/g==");
    struct str token;

    assert_ok(http_bearer(&rq, &token));
    assert_str(token, "a.b-c_d~e+f/g==");
    rq = with("Authorization", "Bearer a b");
    assert_err(http_bearer(&rq, &token), INVALID);
    rq = with("Authorization", "Basic x");
    assert_err(http_bearer(&rq, &token), NOT_FOUND);
}

TEST(media_type, is_without_parameters)
{
    struct http_request rq = with("Content-Type", " Application/JSON ; charset=UTF-8");

    assert_str(http_media_type(&rq), "Application/JSON");
}

TEST(accept, asks_for_hal_by_name)
{
    struct http_request rq = with("Accept", "application/hal+json, application/json, */*");

    assert_true(http_accepts_hal(&rq));
    rq = with("Accept", "application/json");
    assert_false(http_accepts_hal(&rq));
    rq = with("Accept", "*/*");
    assert_false(http_accepts_hal(&rq));
}

TEST(response, refuses_a_header_with_a_line_break)
{
    struct http_response rs = { 0 };

    assert_err(http_add_header(&rs, "Location", STR("a\r\nSet-Cookie: x")), INVALID);
    assert_int_equal(rs.headers_n, 0);
}

TEST(response, has_so_many_headers_and_no_more)
{
    struct http_response rs = { 0 };

    for (size_t i = 0; i < HTTP_RESPONSE_HEADERS_MAX; i++)
        assert_ok(http_add_header(&rs, "Set-Cookie", STR("a=b")));
    assert_err(http_add_header(&rs, "Set-Cookie", STR("a=b")), TOO_LARGE);
}

TEST(origin, is_another_by_scheme_host_or_port) /* RFC 6454 4 */
{
    static const struct {
        const char *origin;
        bool other;
    } rows[] = { { "https://a.example:8443", false },
                 { "http://a.example:8443", true },
                 { "https://b.example:8443", true },
                 { "https://a.example", true },
                 { "null", true } };
    struct http_request none = { .scheme = STR("https"), .authority = STR("a.example") };

    assert_false(http_is_cross_origin(&none));
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct http_request rq = with("Origin", rows[i].origin);

        rq.scheme = STR("https");
        rq.authority = STR("a.example:8443");
        assert_int_equal(http_is_cross_origin(&rq), rows[i].other);
    }
}
