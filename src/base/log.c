/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: built in one buffer on the stack and written by one call, so that lines never mix. */
#include "base/log.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { LINE_MAX = 4096 };

struct line {
    char text[LINE_MAX];
    size_t len;
};

static enum log_format format_in_use = LOG_TEXT;
static _Atomic enum log_level lowest_written = LOG_INFO;
static _Thread_local struct str correlation;

static const char *const level_names[] = { "debug", "info", "warning", "error" };

void log_setup(enum log_format format, enum log_level lowest)
{
    format_in_use = format;
    lowest_written = lowest;
}

void log_level(enum log_level lowest)
{
    lowest_written = lowest;
}

void log_correlation(struct str id)
{
    correlation = id;
}

/* Two octets are kept for the closing brace and the newline. */
static void put(struct line *l, struct str s)
{
    size_t room = LINE_MAX - 2 - l->len;

    if (s.len > room)
        s.len = room;
    if (s.len)
        memcpy(l->text + l->len, s.p, s.len);
    l->len += s.len;
}

/* Escaped alike in both forms: what a JSON string needs. An escape that does not fit is left out whole. */
static void put_escaped(struct line *l, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char escape[8];
        struct str out = { s.p + i, 1 };

        if (c == '"' || c == '\\')
            out = (struct str){ escape, (size_t)snprintf(escape, sizeof(escape), "\\%c", c) };
        else if (c < 0x20 || c == 0x7f)
            out = (struct str){ escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c) };
        if (out.len > LINE_MAX - 4 - l->len)
            return;
        put(l, out);
    }
}

static void put_field(struct line *l, const char *name, struct str value)
{
    if (format_in_use == LOG_JSON) {
        put(l, STR(",\""));
        put(l, str_from(name));
        put(l, STR("\":\""));
        put_escaped(l, value);
        put(l, STR("\""));
        return;
    }
    put(l, STR("  "));
    put(l, str_from(name));
    put(l, STR("="));
    put_escaped(l, value);
}

static void put_head(struct line *l, enum log_level level, const char *event)
{
    char now[CLOCK_TEXT_SIZE];
    int len;

    clock_format(clock_now_ms(), now);
    len = snprintf(l->text, LINE_MAX / 2,
                   format_in_use == LOG_JSON ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\""
                                             : "%s %-7s %s",
                   now, level_names[level], event);
    l->len = (size_t)len;
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
    struct line l;

    if (level < lowest_written)
        return;
    put_head(&l, level, event);
    for (size_t i = 0; i < n; i++)
        if (fields[i].name)
            put_field(&l, fields[i].name, fields[i].value);
    if (!str_is_none(correlation))
        put_field(&l, "correlationId", correlation);
    if (format_in_use == LOG_JSON)
        l.text[l.len++] = '}';
    l.text[l.len++] = '\n';
    while (write(STDERR_FILENO, l.text, l.len) < 0) {
        /* a log that can't be written must not stop the server */
        break;
    }
}
