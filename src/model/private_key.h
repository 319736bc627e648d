/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys at rest: PKCS #8, sealed for the object they belong to. */
#ifndef MODEL_PRIVATE_KEY_H
#define MODEL_PRIVATE_KEY_H

#include "crypto/key.h"
#include "model/site.h"

/** Seal a key's DER for an object: its environment, type and id. -> OK; NO_MEMORY */
enum err private_key_seal(struct site *site, struct arena *a, const struct object *o, struct str der,
                          struct str *ret) MUST_CHECK;

/** Open what was sealed for that object; the caller frees the key.
 * ->  OK; CORRUPT: it does not open, or is no key of the algorithm; NO_MEMORY */
enum err private_key_open(struct site *site, struct arena *a, const struct object *o, struct str sealed,
                          enum key_algorithm algorithm, struct key **ret) MUST_CHECK;

#endif
