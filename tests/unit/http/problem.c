/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "http/http.h"

static struct http_request request(void)
{
    return (struct http_request){ .arena = test_arena(), .correlation_id = STR("c-1") };
}

static struct str written(const struct http_request *rq)
{
    struct buf b = buf_make(test_arena(), BUF_NO_LIMIT);
    struct str text;

    problem_write(&b, rq);
    assert_ok(buf_finish(&b, &text));
    return text;
}

TEST(problem, names_code_message_and_details)
{
    struct http_request rq = request();

    assert_err(problem_detail_inner(&rq, INVALID_VALUE, STR("region"), STR("No."),
                                    STR("\"allowedValues\":[\"EU\"]")),
               FAILED);
    assert_int_equal(rq.problem.status, 400);
    assert_str(written(&rq), "{\"id\":\"c-1\",\"code\":\"INVALID_DATA\",\"message\":\"The request could not "
                             "be completed. One or more "
                             "validation errors were in the "
                             "request.\",\"details\":[{\"code\":\"INVALID_VALUE\",\"target\":\"region\","
                             "\"message\":\"No.\",\"innerError\":{\"allowedValues\":[\"EU\"]}}]}\n");
}

TEST(problem, of_404_has_the_text_that_clients_match)
{
    struct http_request rq = request();

    assert_err(problem_not_found(&rq), FAILED);
    assert_str(written(&rq),
               "{\"id\":\"c-1\",\"code\":\"NOT_FOUND\",\"message\":\"The request could not be completed. The "
               "requested resource was not found.\"}\n");
}

TEST(problem, keeps_at_most_20_details)
{
    struct http_request rq = request();

    for (int i = 0; i < PROBLEM_DETAILS_MAX + 1; i++)
        (void)problem_detail(&rq, INVALID_VALUE, STR("x"), STR("y"));
    assert_int_equal(rq.problem.details_n, PROBLEM_DETAILS_MAX);
}

TEST(problem, of_an_unexplained_error_fits_it)
{
    static const struct {
        enum err e;
        int status, retry;
    } rows[] = { { INVALID, 400, 0 },   { NOT_FOUND, 404, 0 }, { CONFLICT, 409, 0 }, { DENIED, 403, 0 },
                 { TOO_LARGE, 413, 0 }, { NO_MEMORY, 503, 1 }, { NO_SPACE, 507, 0 }, { UNAVAILABLE, 503, 1 },
                 { IO, 500, 0 },        { CORRUPT, 500, 0 } };

    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct http_request rq = request();

        problem_settle(&rq, rows[i].e);
        assert_int_equal(rq.problem.status, rows[i].status);
        assert_int_equal(rq.problem.retry_after_s, rows[i].retry);
    }
}
