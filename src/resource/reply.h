/* SPDX-License-Identifier: Apache-2.0 */
/* Writing objects and collections as HAL (reference: HAL). */
#ifndef RESOURCE_REPLY_H
#define RESOURCE_REPLY_H

#include "resource/operation.h"

/** Append an object: links, computed members, its document. -> OK; IO; NO_MEMORY */
enum err reply_object(struct buf *b, const struct target *t, struct http_request *rq, struct tx *tx,
                      const struct object *o) MUST_CHECK;

/** The body of a response in the media type the client accepts. */
void reply_body(struct http_request *rq, struct http_response *rs, int status, struct str body);

/** Answer with one object. 201 carries Location. -> OK; IO; NO_MEMORY */
enum err reply_with_object(const struct target *t, struct http_request *rq, struct http_response *rs,
                           struct tx *tx, const struct object *o, int status) MUST_CHECK;

/** scheme://authority/v1 and the collection's path with its variables filled. -> OK; NO_MEMORY */
enum err reply_collection_url(struct buf *b, const struct target *t, struct http_request *rq) MUST_CHECK;

/** The failure of management routes: the PingOne envelope. */
http_failure reply_failure;

#endif
