/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a request, in the terms of the PingOne error envelope (reference: error model). Whoever
 * finds the fault fills it in and returns FAILED; each API renders it in its own form.
 */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "base/buf.h"

enum problem_code {
    PROBLEM_NONE,
    INVALID_DATA,      /* 400: validation */
    INVALID_REQUEST,   /* 400: malformed or unsupported; 405 and 415 too */
    REQUEST_FAILED,    /* 400: a state or a rule of the product forbids it */
    ACCESS_FAILED,     /* 401 and 403 */
    PROBLEM_NOT_FOUND, /* 404 NOT_FOUND */
    REQUEST_LIMITED,   /* 429 */
    UNEXPECTED_ERROR,  /* 500 and 503 */
    PROBLEM_CODES,
};

enum detail_code {
    DETAIL_NONE,
    ACCOUNT_NOT_USABLE,
    CONSTRAINT_VIOLATION,
    EMPTY_VALUE,
    INSUFFICIENT_PERMISSIONS,
    INVALID_FILTER,
    INVALID_PARAMETER,
    INVALID_TOKEN,
    INVALID_VALUE,
    LIMIT_EXCEEDED,
    NO_PASSWORD,
    OUT_OF_RANGE,
    PASSWORD_LOCKED_OUT,
    REQUIRED_VALUE,
    SIZE_LIMIT_EXCEEDED,
    UNIQUENESS_VIOLATION,
    DETAIL_CODES,
};

enum { PROBLEM_DETAILS_MAX = 20 };

struct problem_detail {
    enum detail_code code;
    struct str target;  /* attribute path, parameter or form field; STR_NONE when it is about the whole */
    struct str message; /* English, for developers */
    struct str inner;   /* members of innerError as JSON text without the braces; STR_NONE when it has none */
};

struct problem {
    int status; /* 0: no problem */
    enum problem_code code;
    struct str message; /* STR_NONE: the usual text of the code */
    struct problem_detail details[PROBLEM_DETAILS_MAX];
    size_t details_n;
    struct str error; /* RFC 6749's error code, on OAuth endpoints: "invalid_grant" */
    int retry_after_s;
};

struct http_request;

/** Say that the request fails as a whole; `message` STR_NONE takes the code's usual text. -> FAILED, always
 */
enum err problem_set(struct http_request *rq, int status, enum problem_code code, struct str message);

/**
 * Add a detail to an INVALID_DATA problem (400), which is made when there is none. Those over
 * PROBLEM_DETAILS_MAX are dropped. Target and message must live as long as the request's arena.
 * ->  FAILED, always
 */
enum err problem_detail(struct http_request *rq, enum detail_code code, struct str target,
                        struct str message);

/** The same with innerError members: JSON text such as "\"allowedValues\":[\"EU\"]". -> FAILED, always */
enum err problem_detail_inner(struct http_request *rq, enum detail_code code, struct str target,
                              struct str message, struct str inner);

/** 404 with the generic text. -> FAILED, always */
enum err problem_not_found(struct http_request *rq);

/** 403 with the generic text, which says nothing about what is there. -> FAILED, always */
enum err problem_forbidden(struct http_request *rq);

/**
 * Make sure that a failed request has a problem: an error that nobody explained becomes the 5xx (or 4xx) that
 * fits it: NOT_FOUND 404, INVALID 400, TOO_LARGE 413, UNAVAILABLE and NO_MEMORY 503 with retry, NO_SPACE 507,
 * others 500.
 */
void problem_settle(struct http_request *rq, enum err e);

/** Write the envelope {id, code, message, details}; the id is the correlation id. */
void problem_write(struct buf *b, const struct http_request *rq);

#endif
