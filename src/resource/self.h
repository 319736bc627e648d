/* SPDX-License-Identifier: Apache-2.0 */
/* What of their own object users see and change by the scopes of their tokens: the attributes that those
 * list. */
#ifndef RESOURCE_SELF_H
#define RESOURCE_SELF_H

#include "resource/operation.h"

/** The object as its owner may see it; with roles over it, as it is. -> OK (`ret` may be `o`, or lies in
 * rq->arena); NO_MEMORY */
enum err self_view(const struct target *t, struct http_request *rq, const struct object *o,
                   struct object *ret) MUST_CHECK;

/**
 * Whether the owner of c->old_object may send c->body: no answer may depend on what is hidden from the owner.
 * Nothing that is may be named there, not even with the value that it has, and who does not see the whole
 * does not replace it.
 * ->  OK; FAILED: 403; NO_MEMORY
 */
enum err self_check_body(const struct target *t, const struct change *c) MUST_CHECK;

/** Whether the owner of c->old_object may change c->old into c->document. -> OK; FAILED: 403; NO_MEMORY */
enum err self_check_change(const struct target *t, const struct change *c) MUST_CHECK;

#endif
