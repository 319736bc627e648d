/* SPDX-License-Identifier: Apache-2.0 */
/* A target line and header lines: what passes has one Host and one way to know its length. */
#include "fuzz.h"

#include "http/framing.h"

enum { LINES_MAX = 20 };

static size_t count(const struct framing *f, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < f->headers_n; i++)
        n += str_is_nocase(f->headers[i].name, name);
    return n;
}

void target(struct arena *a UNUSED, struct str input)
{
    struct http_header headers[LINES_MAX];
    struct framing f = { .headers = headers, .version = STR("HTTP/1.1") };
    struct str rest = input, line;

    if (!str_next(&rest, '\n', &f.target))
        return;
    while (f.headers_n < LINES_MAX && str_next(&rest, '\n', &line)) {
        size_t colon = str_index(line, ':');

        headers[f.headers_n++] =
            (struct http_header){ str_slice(line, 0, colon), str_trim(str_slice(line, colon + 1, line.len)) };
    }
    if (framing_fault(&f))
        return;
    MUST(count(&f, "Host") == 1 && f.target.p[0] == '/');
    MUST(count(&f, "Content-Length") + count(&f, "Transfer-Encoding") <= 1);
}
