/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_SIZE = 256 };

struct buf buf_make(struct arena *a, size_t limit)
{
    return (struct buf){ .arena = a, .limit = limit ? limit : SIZE_MAX / 4 };
}

static enum err grow(struct buf *b, size_t least)
{
    size_t twice = b->size ? b->size * 2 : FIRST_SIZE, size = twice > least ? twice : least;
    char *p = arena_alloc(b->arena, size);

    if (!p)
        return NO_MEMORY;
    if (b->len)
        memcpy(p, b->p, b->len);
    b->p = p;
    b->size = size;
    return OK;
}

char *buf_room(struct buf *b, size_t n)
{
    if (b->err == OK && (n > b->limit || b->len > b->limit - n))
        b->err = TOO_LARGE;
    if (b->err == OK && n > b->size - b->len)
        b->err = grow(b, b->len + n);
    return b->err == OK ? b->p + b->len : NULL;
}

void buf_add(struct buf *b, struct str s)
{
    char *room = s.len ? buf_room(b, s.len) : NULL;

    if (!room)
        return;
    memcpy(room, s.p, s.len);
    b->len += s.len;
}

void buf_add_z(struct buf *b, const char *z)
{
    buf_add(b, str_from(z));
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, (struct str){ &c, 1 });
}

void buf_add_int(struct buf *b, int64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)n);

    buf_add(b, (struct str){ text, (size_t)len });
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    int len;
    char *room;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    room = len < 0 ? NULL : buf_room(b, (size_t)len + 1);
    if (!room)
        return;
    va_start(args, format);
    vsnprintf(room, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
}

enum err buf_finish(struct buf *b, struct str *ret)
{
    if (b->err != OK)
        return b->err;
    *ret = b->len ? (struct str){ b->p, b->len } : STR("");
    return OK;
}
