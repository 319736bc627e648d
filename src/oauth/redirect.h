/* SPDX-License-Identifier: Apache-2.0 */
/* Redirect URIs: which are registered, and how answers are appended to them. */
#ifndef OAUTH_REDIRECT_H
#define OAUTH_REDIRECT_H

#include "http/http.h"
#include "model/application.h"

/** Whether a URI is one of a list: byte for byte, but for the port of a native application's loopback address
 * (RFC 8252 7.3) and, where the application allows it, one '*' in path or query. */
bool redirect_is_registered(const struct application *app, const struct json *list, struct str uri);

/* Parameters of an answer, in order. */
struct answer {
    struct {
        const char *name;
        struct str value;
    } items[8];
    size_t n;
};

/** Add a parameter unless it is STR_NONE. */
void answer_add(struct answer *a, const char *name, struct str value);

/**
 * Send an answer to a redirect URI by "query", "fragment" or "form_post" (OAuth 2.0 Form Post Response Mode).
 * ->  OK; TOO_LARGE; NO_MEMORY
 */
enum err redirect_answer(struct http_request *rq, struct http_response *rs, struct str uri, struct str mode,
                         const struct answer *a) MUST_CHECK;

#endif
