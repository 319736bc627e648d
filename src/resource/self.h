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

/** Whether the owner of an object, as it was, may change c->old into c->document. -> OK; FAILED: 403;
 * NO_MEMORY */
enum err self_check(const struct target *t, const struct change *c, const struct object *was) MUST_CHECK;

#endif
