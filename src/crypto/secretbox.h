/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets at rest: AES-256-GCM under a master key that is kept outside the database. A sealed text names its
 * format and its key, and is bound to the place it belongs to.
 */
#ifndef CRYPTO_SECRETBOX_H
#define CRYPTO_SECRETBOX_H

#include "base/str.h"
#include "base/uuid.h"

struct master_key {
    unsigned char b[32];
    unsigned char id[4]; /* derived from b */
};

/** A new random key. */
struct master_key master_key_generate(void);

/** Read a key's text form: 43 characters of base64url. -> OK; INVALID; NO_MEMORY */
enum err master_key_parse(struct arena *a, struct str text, struct master_key *ret) MUST_CHECK;

/** The text form of a key, in secret memory of the arena. -> OK; NO_MEMORY */
enum err master_key_text(struct arena *a, const struct master_key *k, struct str *ret) MUST_CHECK;

/** Where a secret belongs: environment, type, id and field. It opens nowhere else. -> OK; NO_MEMORY */
enum err secretbox_label(struct arena *a, struct uuid environment, struct str type, struct uuid id,
                         const char *field, struct str *ret) MUST_CHECK;

/** Seal a text. -> OK (base64url); NO_MEMORY */
enum err secretbox_seal(struct arena *a, const struct master_key *k, struct str label, struct str plain,
                        struct str *ret) MUST_CHECK;

/** Open what was sealed with the same key and label; the text lives in secret memory.
 * ->  OK; CORRUPT: another key's, or it was changed or belongs elsewhere; NO_MEMORY */
enum err secretbox_open(struct arena *a, const struct master_key *k, struct str label, struct str sealed,
                        struct str *ret) MUST_CHECK;

/** Whether a text says that it was sealed with this key; it may not open all the same. */
bool secretbox_is_sealed(struct arena *a, const struct master_key *k, struct str text);

#endif
