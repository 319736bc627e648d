/* SPDX-License-Identifier: Apache-2.0 */
/* Checking what a client sent against a type's fields, and making the document that is kept. */
#ifndef RESOURCE_DOCUMENT_H
#define RESOURCE_DOCUMENT_H

#include "resource/hooks.h"

/**
 * The request's body as an object that satisfies `root`. Every fault found is a detail of the problem.
 *
 * operation  PATCH: required members may be absent; REPLACE: those that are kept then
 * ->         OK; FAILED: the problem says all that is wrong; NO_MEMORY
 */
enum err body_check(struct http_request *rq, const struct field *root, enum operation operation,
                    bool strict_integers, const struct json **ret) MUST_CHECK;

/**
 * Make the new document of a change from its body, the old document, defaults and what hooks set.
 * ->  OK; FAILED: an immutable member would change; NO_MEMORY
 */
enum err document_make(struct change *c, struct str *ret) MUST_CHECK;

#endif
