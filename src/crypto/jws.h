/* SPDX-License-Identifier: Apache-2.0 */
/* Signed tokens in compact form (RFC 7515). The algorithm is the key's, never the token's. */
#ifndef CRYPTO_JWS_H
#define CRYPTO_JWS_H

#include "crypto/key.h"
#include "json/json.h"

enum { JWS_LENGTH_MAX = 16 * 1024 };

struct jws {
    struct str kid, type;       /* of the header; STR_NONE when absent */
    struct str algorithm;       /* as the header claims it */
    const struct json *payload; /* an object */
    struct str signed_part, signature;
};

/** Sign a payload; `type` becomes typ ("JWT", "at+jwt"). `kid` and `type` are ours: nothing in them needs
 * escaping. -> OK; NO_MEMORY */
enum err jws_sign(struct arena *a, const struct key *k, struct str kid, const char *type, struct str payload,
                  struct str *ret) MUST_CHECK;

/**
 * Take a token apart; nothing is believed yet.
 * ->  OK; INVALID: not three parts of base64url with JSON objects, over JWS_LENGTH_MAX, or critical headers;
 *     NO_MEMORY
 */
enum err jws_parse(struct arena *a, struct str token, struct jws *ret) MUST_CHECK;

/** -> OK; DENIED: another key's, or it claims another algorithm than the key's; NO_MEMORY */
enum err jws_verify(struct arena *a, const struct key *k, const struct jws *j) MUST_CHECK;

#endif
