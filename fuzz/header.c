/* SPDX-License-Identifier: Apache-2.0 */
/* One header value read as cookies, Basic credentials, a bearer token, a media type, Accept and an origin. */
#include "fuzz.h"

#include "http/http.h"
#include "http/origin.h"

static bool within(struct str part, struct str whole)
{
    return str_is_none(part) || (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

void target(struct arena *a, struct str input)
{
    const struct http_header headers[] = { { STR("Cookie"), input },
                                           { STR("Authorization"), input },
                                           { STR("Content-Type"), input },
                                           { STR("Accept"), input } };
    struct http_request rq = { .arena = a, .headers = headers, .headers_n = LENGTH(headers) };
    struct str name, password, token;

    MUST(within(http_cookie(&rq, "ST"), input));
    if (http_basic(&rq, &name, &password) == OK)
        MUST(str_index(name, ':') == name.len && str_index(password, '\0') == password.len);
    if (http_bearer(&rq, &token) == OK)
        MUST(token.len && str_index(token, ' ') == token.len);
    MUST(str_index(http_media_type(&rq), ';') == http_media_type(&rq).len);
    (void)http_accepts_hal(&rq);
    MUST(!origin_matches(input, input) || origin_is_pattern(input));
    MUST(!origin_is_pattern(input) || str_index(input, '*') < input.len || origin_matches(input, input));
    (void)origin_matches(input, STR("https://app.example.com"));
}
