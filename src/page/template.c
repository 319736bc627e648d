/* SPDX-License-Identifier: Apache-2.0 */
/* The template engine. */
#include "page/page.h"

static struct str value_of(const struct page_value *values, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(name, values[i].name))
            return values[i].value;
    return STR_NONE;
}

static void add_escaped(struct buf *b, struct str s)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {
        { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" }
    };

    for (size_t i = 0; i < s.len; i++) {
        const char *entity = NULL;

        for (size_t k = 0; k < LENGTH(entities); k++)
            if (entities[k].c == s.p[i])
                entity = entities[k].entity;
        if (entity)
            buf_add_z(b, entity);
        else
            buf_add_char(b, s.p[i]);
    }
}

static size_t find(struct str s, struct str what)
{
    for (size_t i = 0; i + what.len <= s.len; i++)
        if (memcmp(s.p + i, what.p, what.len) == 0)
            return i;
    return s.len;
}

/* Behind the end mark of a section that is left out. */
static enum err skip_section(struct arena *a, struct str rest, struct str name, struct str *ret)
{
    struct str mark;

    TRY(str_printf(a, &mark, "{{/%.*s}}", STR_FMT(name)));
    *ret = str_slice(rest, find(rest, mark) + mark.len, rest.len);
    return OK;
}

enum err template_fill(struct arena *a, struct str template, const struct page_value *values, size_t n,
                       struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct str rest = template;

    while (rest.len) {
        size_t start = find(rest, STR("{{")), end;
        struct str name;

        buf_add(&b, str_slice(rest, 0, start));
        rest = str_slice(rest, start + 2, rest.len);
        end = find(rest, STR("}}"));
        name = str_slice(rest, 0, end);
        rest = str_slice(rest, end + 2, rest.len);
        if (name.len && name.p[0] == '#') {
            name = str_slice(name, 1, name.len);
            if (!value_of(values, n, name).len)
                TRY(skip_section(a, rest, name, &rest));
        } else if (name.len && name.p[0] == '!') {
            buf_add(&b, value_of(values, n, str_slice(name, 1, name.len)));
        } else if (name.len && name.p[0] != '/') {
            add_escaped(&b, value_of(values, n, name));
        }
    }
    return buf_finish(&b, ret);
}
