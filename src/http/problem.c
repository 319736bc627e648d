/* SPDX-License-Identifier: Apache-2.0 */
/* Problems and their envelope. The texts are those clients match on (reference: error model). */
#include "http/http.h"
#include "json/json.h"

static const struct {
    const char *name, *message;
} codes[PROBLEM_CODES] = {
    [INVALID_DATA] = { "INVALID_DATA", "The request could not be completed. One or more validation errors "
                                       "were in the request." },
    [INVALID_REQUEST] = { "INVALID_REQUEST",
                          "The request could not be completed. The request was malformed or invalid." },
    [REQUEST_FAILED] = { "REQUEST_FAILED",
                         "The request could not be completed. There was an issue processing the request." },
    [ACCESS_FAILED] = { "ACCESS_FAILED",
                        "The request could not be completed. You do not have access to this resource." },
    [PROBLEM_NOT_FOUND] = { "NOT_FOUND",
                            "The request could not be completed. The requested resource was not found." },
    [REQUEST_LIMITED] = { "REQUEST_LIMITED",
                          "The request could not be completed. Too many requests were sent." },
    [UNEXPECTED_ERROR] = { "UNEXPECTED_ERROR",
                           "The request could not be completed. An unexpected error occurred." },
};

static const char *const detail_names[DETAIL_CODES] = {
    [ACCOUNT_NOT_USABLE] = "ACCOUNT_NOT_USABLE",
    [CONSTRAINT_VIOLATION] = "CONSTRAINT_VIOLATION",
    [EMPTY_VALUE] = "EMPTY_VALUE",
    [INSUFFICIENT_PERMISSIONS] = "INSUFFICIENT_PERMISSIONS",
    [INVALID_FILTER] = "INVALID_FILTER",
    [INVALID_PARAMETER] = "INVALID_PARAMETER",
    [INVALID_TOKEN] = "INVALID_TOKEN",
    [INVALID_VALUE] = "INVALID_VALUE",
    [LIMIT_EXCEEDED] = "LIMIT_EXCEEDED",
    [NO_PASSWORD] = "NO_PASSWORD",
    [OUT_OF_RANGE] = "OUT_OF_RANGE",
    [PASSWORD_LOCKED_OUT] = "PASSWORD_LOCKED_OUT",
    [REQUIRED_VALUE] = "REQUIRED_VALUE",
    [SIZE_LIMIT_EXCEEDED] = "SIZE_LIMIT_EXCEEDED",
    [UNIQUENESS_VIOLATION] = "UNIQUENESS_VIOLATION",
};

/* What an error that nobody explained means to a client. */
static const struct {
    int status;
    enum problem_code code;
    int retry_after_s;
} unexplained[ERR_COUNT] = {
    [INVALID] = { 400, INVALID_REQUEST, 0 },   [NOT_FOUND] = { 404, PROBLEM_NOT_FOUND, 0 },
    [CONFLICT] = { 409, REQUEST_FAILED, 0 },   [DENIED] = { 403, ACCESS_FAILED, 0 },
    [TOO_LARGE] = { 413, INVALID_REQUEST, 0 }, [NO_MEMORY] = { 503, UNEXPECTED_ERROR, 1 },
    [NO_SPACE] = { 507, UNEXPECTED_ERROR, 0 }, [UNAVAILABLE] = { 503, UNEXPECTED_ERROR, 1 },
};

enum err problem_set(struct http_request *rq, int status, enum problem_code code, struct str message)
{
    rq->problem = (struct problem){ .status = status, .code = code, .message = message };
    return FAILED;
}

enum err problem_detail_inner(struct http_request *rq, enum detail_code code, struct str target,
                              struct str message, struct str inner)
{
    struct problem *p = &rq->problem;

    if (!p->status)
        (void)problem_set(rq, 400, INVALID_DATA, STR_NONE);
    if (p->details_n < PROBLEM_DETAILS_MAX)
        p->details[p->details_n++] =
            (struct problem_detail){ .code = code, .target = target, .message = message, .inner = inner };
    return FAILED;
}

enum err problem_detail(struct http_request *rq, enum detail_code code, struct str target, struct str message)
{
    return problem_detail_inner(rq, code, target, message, STR_NONE);
}

enum err problem_not_found(struct http_request *rq)
{
    return problem_set(rq, 404, PROBLEM_NOT_FOUND, STR_NONE);
}

enum err problem_forbidden(struct http_request *rq)
{
    (void)problem_set(rq, 403, ACCESS_FAILED, STR_NONE);
    return problem_detail(rq, INSUFFICIENT_PERMISSIONS, STR_NONE,
                          STR("The actor attempting to perform the request is not authorized."));
}

void problem_settle(struct http_request *rq, enum err e)
{
    bool known = (unsigned)e < ERR_COUNT && unexplained[e].status;

    if (rq->problem.status)
        return;
    (void)problem_set(rq, known ? unexplained[e].status : 500, known ? unexplained[e].code : UNEXPECTED_ERROR,
                      STR_NONE);
    if (known)
        rq->problem.retry_after_s = unexplained[e].retry_after_s;
}

static void write_detail(struct buf *b, const struct problem_detail *d)
{
    json_open(b, '{');
    json_add_str(b, "code", str_from(detail_names[d->code]));
    if (d->target.len)
        json_add_str(b, "target", d->target);
    json_add_str(b, "message", d->message);
    if (d->inner.len) {
        json_open_member(b, "innerError", '{');
        buf_add(b, d->inner);
        json_close(b, '}');
    }
    json_close(b, '}');
}

void problem_write(struct buf *b, const struct http_request *rq)
{
    const struct problem *p = &rq->problem;

    json_open(b, '{');
    json_add_str(b, "id", rq->correlation_id);
    json_add_str(b, "code", str_from(codes[p->code].name));
    json_add_str(b, "message", str_is_none(p->message) ? str_from(codes[p->code].message) : p->message);
    if (p->details_n) {
        json_open_member(b, "details", '[');
        for (size_t i = 0; i < p->details_n; i++)
            write_detail(b, &p->details[i]);
        json_close(b, ']');
    }
    json_close(b, '}');
    buf_add_char(b, '\n');
}
