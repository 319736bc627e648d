/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's head cut up in place as libmicrohttpd 0.9.75 does it: texts end at a NUL, a folded line is
 * joined to the name of its header, LF alone ends a line. What has no gap, put together again, is the input
 * octet by octet, but that NUL and LF can stand in the place of CR, which the library has overwritten.
 */
#include "fuzz.h"

#include "http/framing.h"

enum { LINES_MAX = 20 };

struct head {
    char *next, *end;
    struct http_header headers[LINES_MAX];
    size_t n;
};

static struct str text_at(const char *p)
{
    return (struct str){ p, strlen(p) };
}

/* The next line, cut off behind. -> NULL: none is complete */
static char *cut_line(struct head *h)
{
    char *line = h->next, *lf = line < h->end ? memchr(line, '\n', (size_t)(h->end - line)) : NULL;

    if (!lf)
        return NULL;
    h->next = lf + 1;
    *lf = '\0';
    if (lf > line && lf[-1] == '\r')
        lf[-1] = '\0';
    return line;
}

static bool fold(struct arena *a, struct head *h, const char *line)
{
    struct http_header *last = &h->headers[h->n - 1];

    return str_printf(a, &last->name, "%.*s%s", STR_FMT(last->name), line + strspn(line, " \t")) == OK;
}

/* -> false: the library itself refuses it */
static bool add_line(struct arena *a, struct head *h, char *line)
{
    char *colon = strchr(line, ':');

    if (h->n && (*line == ' ' || *line == '\t'))
        return fold(a, h, line);
    if (!colon || h->n == LINES_MAX)
        return false;
    *colon++ = '\0';
    h->headers[h->n++] = (struct http_header){ text_at(line), text_at(colon + strspn(colon, " \t")) };
    return true;
}

/* "METHOD SP TARGET SP VERSION". -> false: the library itself refuses it */
static bool cut_first(struct framing_place *place, char *line, size_t len)
{
    char *target = memchr(line, ' ', len), *version = memrchr(line, ' ', len);

    if (!target || target == version || memchr(target + 1, ' ', (size_t)(version - target) - 1))
        return false;
    if (line + len != version + 1 + strlen("HTTP/1.1"))
        return false;
    *target = *version = '\0';
    *place = (struct framing_place){ .method = line, .target = target + 1, .version = version + 1 };
    return true;
}

static size_t line_length(struct str input)
{
    size_t len = str_index(input, '\n');

    return len && input.p[len - 1] == '\r' ? len - 1 : len;
}

/* What it would be if nothing was hidden; the blanks before a value stand where they stood. */
static struct str join(struct arena *a, const struct framing *f, const struct framing_place *place)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    struct str text;

    buf_printf(&b, "%s %s %s\r\n", place->method, place->target, place->version);
    for (size_t i = 0; i < f->headers_n; i++) {
        const struct http_header *h = &f->headers[i];
        const char *behind = h->name.p + h->name.len + 1;

        buf_add(&b, h->name);
        buf_add_char(&b, ':');
        buf_add(&b, (struct str){ behind, (size_t)(h->value.p - behind) });
        buf_add(&b, h->value);
        buf_add_z(&b, "\r\n");
    }
    buf_add_z(&b, "\r\n");
    MUST(buf_finish(&b, &text) == OK);
    return text;
}

static bool ends_line(char c)
{
    return c == '\r' || c == '\n' || c == '\0';
}

static bool same_but_for_line_ends(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (a.p[i] != b.p[i] && !(ends_line(a.p[i]) && ends_line(b.p[i])))
            return false;
    return true;
}

void target(struct arena *a, struct str input)
{
    struct framing_place place;
    struct framing f;
    struct head h;
    struct str copy;
    char *line;

    MUST(str_copy(a, input, &copy) == OK);
    h = (struct head){ .next = (char *)copy.p, .end = (char *)copy.p + copy.len };
    line = cut_line(&h);
    if (!line || !cut_first(&place, line, line_length(input)))
        return;
    while ((line = cut_line(&h)) && *line)
        if (!add_line(a, &h, line))
            return;
    if (!line)
        return;
    place.octets = (size_t)(h.next - copy.p);
    f = (struct framing){ h.headers, h.n, text_at(place.target), text_at(place.version) };
    if (!framing_gap(&f, &place) && !framing_fault(&f))
        MUST(same_but_for_line_ends(join(a, &f, &place), str_slice(input, 0, place.octets)));
}
