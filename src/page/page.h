/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for browsers: rendered on the server, complete without JavaScript, with a strict
 * Content-Security-Policy. */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "http/router.h"

/* A name of a template and what stands for it. */
struct page_value {
    const char *name;
    struct str value;
};

/* A page to be rendered. */
struct page {
    const char *template; /* "signon.html", below resources/page/ */
    const char *title;
    int status;
    struct str environment; /* the id in text; STR_NONE: no style can be loaded */
    struct str form_target; /* where a form may lead but here: a redirect URI; STR_NONE: nowhere */
    bool script;            /* submit.js runs */
    const struct page_value *values;
    size_t values_n;
};

/** Render a page. -> OK; NO_MEMORY */
enum err page_render(struct http_request *rq, struct http_response *rs, const struct page *p) MUST_CHECK;

/** A page that posts hidden fields to a redirect URI, by itself or by its button. -> OK; NO_MEMORY */
enum err page_form_post(struct http_request *rq, struct http_response *rs, struct str uri,
                        const struct page_value *fields, size_t n) MUST_CHECK;

/** A page that says what went wrong, from rq->problem. -> OK; NO_MEMORY */
enum err page_error(struct http_request *rq, struct http_response *rs) MUST_CHECK;

/**
 * Fill a template: {{name}} is escaped for HTML, {{!name}} stands as it is, {{#name}}...{{/name}} is there
 * only when the name has a value.
 * ->  OK; NO_MEMORY
 */
enum err template_fill(struct arena *a, struct str template, const struct page_value *values, size_t n,
                       struct str *ret) MUST_CHECK;

/** Routes of the hosted sign-on pages, ended by an entry without a pattern. */
extern const struct route page_routes[];

/** The cookie that the hosted page of a flow requires, set when the browser is sent there. -> OK; TOO_LARGE;
 * NO_MEMORY */
enum err page_set_flow_cookie(struct http_request *rq, struct http_response *rs, struct str environment,
                              struct str flow, struct str value) MUST_CHECK;

#endif
