/* SPDX-License-Identifier: Apache-2.0 */
/* A site on a new SQLite store, without objects, without types: for tests that put in the few they need. */
#ifndef TESTS_UNIT_SITE_H
#define TESTS_UNIT_SITE_H

#include "test.h"

#include "model/site.h"
#include "json/json.h"

/** It goes with test_arena, and so does its store. */
struct site *site_new(void);

/** A closure of the store's writer that must succeed. */
void site_write(struct site *s, store_fn *fn, void *arg);

/** Keep an object, in place of one of its id. `document` and `secret` are JSON; secret may be NULL. */
void site_put(struct site *s, const struct object *o, const char *document, const char *secret);

/** Let one (environment, attribute, value) of a type name an object. */
void site_name(struct site *s, const struct object *o, const char *attribute, const char *value);

/** Keep an environment: views are of nothing else. */
void site_put_environment(struct site *s, struct uuid id);

/** The object of an id as it is kept; an error as tx_get. */
enum err site_get(struct site *s, struct uuid environment, const char *type, struct uuid id,
                  struct object *ret) MUST_CHECK;

/** JSON that a test wrote; it lives in test_arena. */
const struct json *json_of(const char *text);

/** A text that test_arena holds. */
const char *text_of(const char *format, ...) PRINTF(1, 2);

#endif
