/* SPDX-License-Identifier: Apache-2.0 */
/* Rendering pages into their layout, with their headers. */
#include "page/page.h"

#include "base/embedded.h"

#include <stdio.h>

enum { VALUES_MAX = 16 };

static struct str template_named(const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "page/%s", name);
    return embedded_file(path);
}

/* "https://app.example/cb?x" -> "https://app.example"; another scheme is allowed as a whole. */
static struct str origin_of(struct str uri)
{
    size_t colon = str_index(uri, ':');
    struct str rest = str_slice(uri, colon + 3, uri.len);
    size_t end = 0;

    if (!str_is_nocase(str_slice(uri, 0, colon), "http") && !str_is_nocase(str_slice(uri, 0, colon), "https"))
        return str_slice(uri, 0, colon + 1);
    while (end < rest.len && !strchr("/?#;, '\"", rest.p[end]))
        end++;
    return str_slice(uri, 0, colon + 3 + end);
}

/* Browsers hold form-action also against where the form's answer redirects: the client must be named. */
static enum err add_policy(struct http_request *rq, struct http_response *rs, const struct page *p)
{
    struct str policy;

    TRY(str_printf(
        rq->arena, &policy,
        "default-src 'none'; style-src 'self'; img-src data:; script-src %s; form-action 'self' %.*s; "
        "base-uri 'none'; frame-ancestors 'none'",
        p->script ? "'self'" : "'none'", STR_FMT(origin_of(p->form_target))));
    TRY(http_add_header(rs, "Content-Security-Policy", policy));
    return http_add_header(rs, "Referrer-Policy", STR("no-referrer"));
}

static enum err fill_layout(struct http_request *rq, const struct page *p, struct str content,
                            struct str message, struct str *ret)
{
    struct str base = STR("");
    struct page_value values[] = {
        { "title", str_from(p->title) },
        { "base", STR_NONE },
        { "script", p->script ? STR("1") : STR_NONE },
        { "message", message },
        { "content", content },
    };

    if (p->environment.len)
        TRY(str_printf(rq->arena, &base, "/%.*s/signon/", STR_FMT(p->environment)));
    values[1].value = base;
    return template_fill(rq->arena, template_named("layout.html"), values, LENGTH(values), ret);
}

enum err page_render(struct http_request *rq, struct http_response *rs, const struct page *p)
{
    struct str content, body, message = STR_NONE;

    for (size_t i = 0; i < p->values_n; i++)
        if (strcmp(p->values[i].name, "message") == 0)
            message = p->values[i].value;
    TRY(template_fill(rq->arena, template_named(p->template), p->values, p->values_n, &content));
    TRY(fill_layout(rq, p, content, message, &body));
    TRY(add_policy(rq, rs, p));
    rs->status = p->status;
    rs->content_type = STR("text/html;charset=UTF-8");
    rs->body = body;
    return OK;
}

static enum err hidden_fields(struct arena *a, const struct page_value *fields, size_t n, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    for (size_t i = 0; i < n; i++) {
        struct page_value values[] = { { "name", str_from(fields[i].name) }, { "value", fields[i].value } };
        struct str input;

        TRY(template_fill(a, STR("<input type=\"hidden\" name=\"{{name}}\" value=\"{{value}}\">\n"), values,
                          2, &input));
        buf_add(&b, input);
    }
    return buf_finish(&b, ret);
}

enum err page_form_post(struct http_request *rq, struct http_response *rs, struct str uri,
                        const struct page_value *fields, size_t n)
{
    struct page_value values[] = { { "action", uri }, { "fields", STR_NONE } };
    struct page p = { .template = "form_post.html",
                      .title = "Sign On",
                      .status = 200,
                      .environment = rq->params[0],
                      .form_target = uri,
                      .script = true,
                      .values = values,
                      .values_n = LENGTH(values) };

    TRY(hidden_fields(rq->arena, fields, n, &values[1].value));
    return page_render(rq, rs, &p);
}

enum err page_error(struct http_request *rq, struct http_response *rs)
{
    const struct problem *p = &rq->problem;
    struct str text = p->message;
    struct page_value values[] = {
        { "text", STR_NONE },
        { "hint", STR("Go back to the application and try again.") },
        { "correlationId", rq->correlation_id },
    };
    struct page page = { .template = "error.html",
                         .title = "Something went wrong",
                         .status = p->status,
                         .environment = str_is_none(rq->params[0]) ? STR_NONE : rq->params[0],
                         .values = values,
                         .values_n = LENGTH(values) };

    if (p->details_n)
        text = p->details[0].message;
    if (!text.len)
        text = p->status == 404 ? STR("This sign-on has expired or does not exist.")
                                : STR("The request could not be completed.");
    values[0].value = text;
    return page_render(rq, rs, &page);
}
