/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets of applications and resources. At rest they are sealed in the object's secret part:
 * {"secret": "<sealed>", "previous": {"secret": "<sealed>", "expiresAt": ms}}. In memory there is only a
 * keyed hash.
 */
#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#include "model/site.h"

struct client_secret {
    struct str value;               /* in secret memory */
    struct str previous;            /* STR_NONE: none, or no longer valid */
    int64_t previous_expires_at_ms; /* 0: never */
};

/** Make a new secret part; what was current becomes previous until `previous_expires_at_ms` (0: it goes at
 * once). `old` is the part as it is, STR_NONE at first. -> OK; CORRUPT; NO_MEMORY */
enum err client_secret_make(struct site *site, struct arena *a, const struct object *o,
                            int64_t previous_expires_at_ms, struct str *ret) MUST_CHECK;

/** Open an object's secrets. -> OK; NOT_FOUND: it has none; CORRUPT; NO_MEMORY */
enum err client_secret_open(struct site *site, struct arena *a, const struct object *o,
                            struct client_secret *ret) MUST_CHECK;

/** The part without the previous secret. -> OK; NOT_FOUND; CORRUPT; NO_MEMORY */
enum err client_secret_forget_previous(struct arena *a, const struct object *o, struct str *ret) MUST_CHECK;

/* What memory keeps of a secret. */
struct secret_hash {
    bool present;
    struct digest digest;
    int64_t expires_at_ms; /* 0: never */
};

/** The hash of a secret, keyed for this process. */
struct secret_hash secret_hash_of(const struct site *site, struct str secret);

/** Whether it is that secret, and still valid; in constant time. */
bool secret_hash_matches(const struct site *site, const struct secret_hash *h, struct str secret,
                         int64_t now_ms);

#endif
