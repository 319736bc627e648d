/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract's suite: each STORE_TEST runs against every kind of store, on an empty one of its own. A new
 * kind is one line in STORE_TEST and its functions in suite.c.
 */
#ifndef TESTS_STORE_SUITE_H
#define TESTS_STORE_SUITE_H

#include "test.h"

#include "store/store.h"

enum { PLACE_SIZE = 512 };

/* A way of opening a store: what `place` is depends on the kind (SQLite: a folder; PostgreSQL: a URL that
 * names a schema of the test's own). */
struct kind {
    enum err (*open)(const char *place, struct store_fault *fault, struct store **ret);
    void (*make)(char place[PLACE_SIZE]);
    void (*remove)(const char *place);
};

extern const struct kind sqlite, postgres;

#define STORE_TEST(group, sentence)                                                                          \
    static void group##_##sentence(struct store *s);                                                         \
    TEST(group##_sqlite, sentence)                                                                           \
    {                                                                                                        \
        suite_run(&sqlite, group##_##sentence);                                                              \
    }                                                                                                        \
    TEST(group##_postgres, sentence)                                                                         \
    {                                                                                                        \
        suite_run(&postgres, group##_##sentence);                                                            \
    }                                                                                                        \
    static void group##_##sentence(struct store *s)

/* What one kind alone promises. */
#define STORE_TEST_OF(kind, group, sentence)                                                                 \
    static void group##_##sentence(struct store *s);                                                         \
    TEST(group, sentence)                                                                                    \
    {                                                                                                        \
        suite_run(&kind, group##_##sentence);                                                                \
    }                                                                                                        \
    static void group##_##sentence(struct store *s)

/** Run a test on a new store, then close and remove it. */
void suite_run(const struct kind *kind, void (*test)(struct store *s));

/** Close the store of the running test, open it again, or both. */
void suite_close(void);
struct store *suite_open(void);
struct store *suite_reopen(void);

/** The kind and the place of the running test. */
const struct kind *suite_kind(void);
const char *suite_place(void);

/** A new empty folder and its removal, for tests that open by themselves. */
void suite_folder_make(char folder[64]);
void suite_folder_remove(const char *folder);

/** A snapshot that ends before the store is closed. */
struct tx *snapshot(struct store *s);

/** The arena of what tests read. */
struct arena *suite_arena(void);

/** The environment of tests, and ids that differ in their last octet. */
extern const struct uuid here, there, nil;
struct uuid id_of(unsigned char n);

/** An object of type "thing" in `here`, without parent, with a short document. */
struct object thing(unsigned char n);

/* Closures of one step; arg is what the step takes. */
enum err do_insert(struct tx *tx, void *object);
enum err do_update(struct tx *tx, void *object);
enum err do_delete(struct tx *tx, void *object);

/** tx_get of an object like this one, in a snapshot of its own. */
enum err get(struct store *s, const struct object *like, struct object *ret);

#endif
