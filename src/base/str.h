/* SPDX-License-Identifier: Apache-2.0 */
/* Text and octets with their length; never owned, never assumed to end in NUL. An absent text has p == NULL.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t len;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE     ((struct str){ NULL, 0 })

/** For "%.*s". */
#define STR_FMT(s) (int)(s).len, (s).p ? (s).p : ""

/** The text of a C string; NULL gives STR_NONE. */
static inline struct str str_from(const char *z)
{
    return (struct str){ z, z ? strlen(z) : 0 };
}

static inline bool str_is_none(struct str s)
{
    return !s.p;
}

/** Octet by octet equal; STR_NONE equals the empty text. Not for secrets: see crypto/equal. */
bool str_eq(struct str a, struct str b);

/** str_eq against a C string. */
bool str_is(struct str a, const char *z);

/** Equal but for the case of ASCII letters. */
bool str_is_nocase(struct str a, const char *z);

/** Order of octets; a prefix comes first. -> <0, 0, >0 */
int str_cmp(struct str a, struct str b);

/** Whether `s` begins with all of `prefix`; the empty one always fits. */
bool str_starts(struct str s, struct str prefix);

/** Whether `s` ends with all of `suffix`; the empty one always fits. */
bool str_ends(struct str s, struct str suffix);

/** Where `c` first stands; s.len when nowhere. */
size_t str_index(struct str s, char c);

/** Without blanks and tabs at both ends. */
struct str str_trim(struct str s);

/** From octet `from` on, at most `len` octets; clipped to what is there. */
struct str str_slice(struct str s, size_t from, size_t len);

/**
 * Cut the next part off `rest` at `sep`.
 * ->  false when nothing was left; an empty last part is given
 */
bool str_next(struct str *rest, char sep, struct str *ret);

/** Whether `list` split at `sep` (blanks trimmed) holds `word`. */
bool str_list_has(struct str list, char sep, struct str word);

/** A whole decimal number, optional sign, no blanks. -> OK; INVALID: not a number, out of range */
enum err str_int(struct str s, int64_t *ret) MUST_CHECK;

/** Whether it is well-formed UTF-8 (RFC 3629). */
bool str_is_utf8(struct str s);

/** How many Unicode characters well-formed UTF-8 holds. */
size_t str_characters(struct str s);

/** Cut the next Unicode character off well-formed UTF-8. -> false when nothing was left */
bool str_next_character(struct str *rest, struct str *ret);

/** A copy in the arena, with a NUL after it that is not counted. -> OK; NO_MEMORY */
enum err str_copy(struct arena *a, struct str s, struct str *ret) MUST_CHECK;

/** A C string in the arena. -> NULL when memory is short */
char *str_z(struct arena *a, struct str s) MUST_CHECK;

/** The parts one behind the other, in the arena. -> OK; NO_MEMORY */
enum err str_join(struct arena *a, const struct str *parts, size_t n, struct str *ret) MUST_CHECK;

/** printf into the arena. -> OK; NO_MEMORY */
enum err str_printf(struct arena *a, struct str *ret, const char *format, ...) MUST_CHECK PRINTF(3, 4);

#endif
