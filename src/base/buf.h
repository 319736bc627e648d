/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows in an arena up to a limit. Appending never fails at once: a buffer that ran out remembers
 * why, takes nothing more, and buf_finish says so.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
    struct arena *arena;
    char *p;
    size_t len, size, limit;
    enum err err;
};

enum { BUF_NO_LIMIT = 0 };

/** An empty buffer of at most `limit` octets (BUF_NO_LIMIT: the arena's own). */
struct buf buf_make(struct arena *a, size_t limit);

/* Appending: what does not fit is remembered as the buffer's error. */

/** Octets. */
void buf_add(struct buf *b, struct str s);

/** A C string without its end. */
void buf_add_z(struct buf *b, const char *z);

/** One octet. */
void buf_add_char(struct buf *b, char c);

/** A number in decimal. */
void buf_add_int(struct buf *b, int64_t n);

/** Text as printf makes it. */
void buf_printf(struct buf *b, const char *format, ...) PRINTF(2, 3);

/**
 * Room for `n` octets more, to be written by the caller, who then adds what it wrote to b->len.
 * ->  NULL when there is none (the buffer remembers)
 */
char *buf_room(struct buf *b, size_t n) MUST_CHECK;

/** What was written; it lives in the arena. -> OK; TOO_LARGE: over the limit; NO_MEMORY */
enum err buf_finish(struct buf *b, struct str *ret) MUST_CHECK;

#endif
