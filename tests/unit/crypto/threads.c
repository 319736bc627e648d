/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are immutable and anybody's: several threads at once sign and verify with the same ones. */
#include "test.h"

#include "crypto/jws.h"
#include "crypto/secretbox.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 50 };

/* cmocka's assertions belong to the thread of the test, so a worker only counts what went well. */
struct work {
    const struct key *key;
    const struct master_key *master;
    int right;
};

static enum err sign_and_verify(struct arena *a, const struct key *k)
{
    struct str token;
    struct jws j;

    TRY(jws_sign(a, k, STR("k"), "JWT", STR("{\"sub\":\"a\"}"), &token));
    TRY(jws_parse(a, token, &j));
    return jws_verify(a, k, &j);
}

static enum err seal_and_open(struct arena *a, const struct master_key *k)
{
    struct str sealed, plain;

    TRY(secretbox_seal(a, k, STR("here"), STR("secret"), &sealed));
    TRY(secretbox_open(a, k, STR("here"), sealed, &plain));
    return str_is(plain, "secret") ? OK : INVALID;
}

static void *run(void *arg)
{
    struct work *w = arg;

    for (int i = 0; i < ROUNDS; i++) {
        SCOPED(arena_freep) struct arena *a = arena_new(0);

        if (a && sign_and_verify(a, w->key) == OK && seal_and_open(a, w->master) == OK)
            w->right++;
    }
    return NULL;
}

TEST(threads, sign_verify_and_seal_with_one_key)
{
    struct master_key master = master_key_generate();

    for (enum key_algorithm i = 0; i < KEY_ALGORITHMS; i++) {
        SCOPED(key_freep) struct key *k = NULL;
        struct work work[THREADS];
        pthread_t threads[THREADS];

        assert_ok(key_generate(i, 2048, &k));
        for (size_t t = 0; t < THREADS; t++) {
            work[t] = (struct work){ .key = k, .master = &master };
            assert_int_equal(pthread_create(&threads[t], NULL, run, &work[t]), 0);
        }
        for (size_t t = 0; t < THREADS; t++) {
            assert_int_equal(pthread_join(threads[t], NULL), 0);
            assert_int_equal(work[t].right, ROUNDS);
        }
    }
}
