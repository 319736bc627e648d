/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys an environment signs its tokens with, by key rotation policy. A key is made at first use, once;
 * the next one is published before it signs; an old one stays published until the longest token it signed has
 * expired.
 */
#ifndef MODEL_KEYRING_H
#define MODEL_KEYRING_H

#include "crypto/key.h"
#include "model/site.h"

struct signing_key {
    struct str kid;
    struct uuid policy;
    const struct key *key;
    int64_t signs_from_ms;
};

struct keyring {
    struct signing_key *keys; /* all that are published, the oldest first */
    size_t keys_n;
    struct str jwks;            /* their public halves as a JWK set */
    struct uuid default_policy; /* nil: the environment has no policy at all */
};

/** The environment's published keys. -> OK; CORRUPT; IO; NO_MEMORY */
enum err keyring_get(struct site *site, struct arena *holder, struct uuid environment,
                     const struct keyring **ret) MUST_CHECK;

/**
 * The key that signs now under a key rotation policy (nil: the environment's default); made if there is none
 * and the thread may wait.
 * ->  OK; NOT_FOUND: no such policy; others as keyring_get, UNAVAILABLE, NO_SPACE
 */
enum err keyring_signer(struct site *site, struct arena *holder, struct uuid environment, struct uuid policy,
                        const struct signing_key **ret) MUST_CHECK;

/**
 * The published key of an id, also one that another node made a moment ago; it stays as long as `holder`.
 * ->  OK; NOT_FOUND; others as keyring_get
 */
enum err keyring_find(struct site *site, struct arena *holder, struct uuid environment, struct str kid,
                      const struct signing_key **ret) MUST_CHECK;

#endif
