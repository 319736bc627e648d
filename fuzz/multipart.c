/* SPDX-License-Identifier: Apache-2.0 */
/* Forms with files: a line with the Content-Type, then the body. Parts lie within the body, and written again
 * they are the same. */
#include "fuzz.h"

#include "http/multipart.h"

#include <string.h>

#define BOUNDARY "0123456789abcdef0123456789abcdef0123456789abcdef"

static void write_quoted(struct buf *b, struct str s)
{
    buf_add_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_add_char(b, '\\');
        buf_add_char(b, s.p[i]);
    }
    buf_add_char(b, '"');
}

static void write_part(struct buf *b, const struct http_part *part)
{
    buf_add_z(b, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=");
    write_quoted(b, part->name);
    if (!str_is_none(part->file)) {
        buf_add_z(b, "; filename=");
        write_quoted(b, part->file);
    }
    buf_add_z(b, "\r\n\r\n");
    buf_add(b, part->body);
    buf_add_z(b, "\r\n");
}

static bool fits(const struct http_part *part)
{
    return part->name.len + part->file.len < HTTP_PART_LINE_MAX / 2 - 100 &&
           !memmem(part->body.p, part->body.len, BOUNDARY, sizeof(BOUNDARY) - 1);
}

void target(struct arena *a, struct str input)
{
    size_t line = str_index(input, '\n');
    struct str body = str_slice(input, line + 1, input.len), text;
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct http_multipart m, again;

    if (!input.p || http_multipart_parse(a, str_slice(input, 0, line), body, &m) != OK)
        return;
    for (size_t i = 0; i < m.n; i++) {
        MUST(m.parts[i].body.p >= body.p && m.parts[i].body.p + m.parts[i].body.len <= body.p + body.len);
        if (!fits(&m.parts[i]))
            return;
        write_part(&b, &m.parts[i]);
    }
    buf_add_z(&b, "--" BOUNDARY "--\r\n");
    MUST(buf_finish(&b, &text) == OK);
    MUST(http_multipart_parse(a, STR("multipart/form-data; boundary=" BOUNDARY), text, &again) == OK);
    MUST(m.n == again.n);
    for (size_t i = 0; i < m.n; i++)
        MUST(str_eq(m.parts[i].name, again.parts[i].name) && str_eq(m.parts[i].file, again.parts[i].file) &&
             str_eq(m.parts[i].body, again.parts[i].body));
}
