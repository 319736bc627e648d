/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, base64url, hexadecimal and percent-encoding. */
#ifndef BASE_ENCODING_H
#define BASE_ENCODING_H

#include "base/buf.h"

/** What a hexadecimal digit of either case is worth; -1: it is none. */
int hex_digit(char c);

/** Lower-case hexadecimal. -> OK; NO_MEMORY */
enum err hex_encode(struct arena *a, struct str octets, struct str *ret) MUST_CHECK;

/** Either case, an even number of digits. -> OK; INVALID; NO_MEMORY */
enum err hex_decode(struct arena *a, struct str text, struct str *ret) MUST_CHECK;

/** Base64 with padding (RFC 4648 4). -> OK; NO_MEMORY */
enum err base64_encode(struct arena *a, struct str octets, struct str *ret) MUST_CHECK;

/** Base64, padding required (RFC 4648 4). -> OK; INVALID: alphabet, length, padding, stray bits; NO_MEMORY */
enum err base64_decode(struct arena *a, struct str text, struct str *ret) MUST_CHECK;

/** Base64url without padding (RFC 4648 5). -> OK; NO_MEMORY */
enum err base64url_encode(struct arena *a, struct str octets, struct str *ret) MUST_CHECK;

/**
 * Decode base64url text without padding (RFC 4648 5).
 *
 * text  ASCII, any length; '=' and blanks are refused
 * a     owns the result
 * ret   text.len * 3 / 4 octets
 * ->    OK; INVALID: alphabet, length, stray bits; NO_MEMORY
 */
enum err base64url_decode(struct arena *a, struct str text, struct str *ret) MUST_CHECK;

/** Append `s` with everything but RFC 3986's unreserved characters percent-encoded. */
void percent_encode(struct buf *b, struct str s);

/**
 * Undo percent-encoding (RFC 3986 2.1); with `form`, '+' is a blank (application/x-www-form-urlencoded).
 * ->  OK, with a NUL behind it; INVALID: a '%' without two hex digits; NO_MEMORY
 */
enum err percent_decode(struct arena *a, struct str text, bool form, struct str *ret) MUST_CHECK;

#endif
