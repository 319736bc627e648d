/* SPDX-License-Identifier: Apache-2.0 */
/* Forms and queries: fields that are written and read again are the same. */
#include "fuzz.h"

#include "base/encoding.h"
#include "http/http.h"

void target(struct arena *a, struct str input)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct http_form f, again;
    struct str text;

    if (http_form_parse(a, input, &f) != OK)
        return;
    for (size_t i = 0; i < f.n; i++) {
        percent_encode(&b, f.fields[i].name);
        buf_add_char(&b, '=');
        percent_encode(&b, f.fields[i].value);
        buf_add_char(&b, '&');
    }
    MUST(buf_finish(&b, &text) == OK && http_form_parse(a, text, &again) == OK);
    MUST(f.n == again.n);
    for (size_t i = 0; i < f.n; i++)
        MUST(str_eq(f.fields[i].name, again.fields[i].name) &&
             str_eq(f.fields[i].value, again.fields[i].value));
}
