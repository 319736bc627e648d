/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers (RFC 9562): version 7 for what the server makes, version 4 where the time must not show. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/str.h"

struct uuid {
    unsigned char b[16];
};

enum { UUID_TEXT_LENGTH = 36 };

/** A new identifier that sorts after all this process made before (RFC 9562 5.7, 12-bit counter). */
struct uuid uuid_v7(void);

/** A new identifier that tells nothing (RFC 9562 5.4). */
struct uuid uuid_v4(void);

/** Set version and variant over 16 octets of a digest: an identifier derived from what was digested (5.8). */
struct uuid uuid_v8(const unsigned char digest[16]);

/** Lower or upper case, with its four hyphens, any version. -> OK; INVALID */
enum err uuid_parse(struct str s, struct uuid *ret) MUST_CHECK;

/** Lower case, NUL after it. */
void uuid_format(struct uuid u, char text[UUID_TEXT_LENGTH + 1]);

/** Lower case text in the arena. -> OK; NO_MEMORY */
enum err uuid_text(struct arena *a, struct uuid u, struct str *ret) MUST_CHECK;

/** Whether both are the same identifier. */
bool uuid_eq(struct uuid a, struct uuid b);

/** Whether all octets are 0: "none". */
bool uuid_is_nil(struct uuid u);

#endif
