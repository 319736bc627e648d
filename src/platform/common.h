/* SPDX-License-Identifier: Apache-2.0 */
/* What families share: creating what comes along with an object, replying to actions. */
#ifndef PLATFORM_COMMON_H
#define PLATFORM_COMMON_H

#include "platform/platform.h"

/** Create an object because of a change: below `parent` (nil: none), with that id (nil: a new one), as the
 * server. */
enum err create_along(struct change *cause, const char *type, struct uuid parent, struct uuid id,
                      struct str document) MUST_CHECK;

/** The mapping of "sub" to the user's id that every application and resource is born with. */
enum err create_sub_attribute(struct change *cause, const char *type) MUST_CHECK;

/** A change of the action's object in `tx`, as the caller and now; the caller adds what is changed. */
struct change action_change(struct action_call *call, struct tx *tx);

/** Change members of an action's object in a transaction of its own and answer with the object.
 * sets: as of struct change. */
enum err action_amend(struct action_call *call, const struct member_set *sets, size_t n,
                      struct object *ret) MUST_CHECK;

/** The same with another secret part. */
enum err action_amend_secret(struct action_call *call, const struct member_set *sets, size_t n,
                             struct str secret, struct object *ret) MUST_CHECK;

/**
 * Create an object for an action on a collection, and answer with it.
 *
 * body      checked
 * secret    becomes the object's; STR_NONE: it has none
 * prepared  for the type's hooks, as prepare leaves it
 * ->        OK; FAILED; NO_SPACE; IO; NO_MEMORY
 */
enum err action_create(struct action_call *call, struct http_response *rs, const struct json *body,
                       struct str secret, void *prepared) MUST_CHECK;

/* What a sub-resource shows besides its identity. */
struct sub_resource {
    const char *below;          /* its path below the object: "/password" */
    struct str members;         /* JSON text without braces */
    const char *const *actions; /* link relations that lead to itself, ended by NULL; NULL: none */
    struct str
        policy_link; /* where the relation "passwordPolicy" leads, below its environment; may be none */
};

/** Answer 200 with a sub-resource. -> OK; NO_MEMORY */
enum err action_reply_sub(struct action_call *call, struct http_response *rs,
                          const struct sub_resource *sub) MUST_CHECK;

/** The same for one that has only a path and members. */
enum err action_reply(struct action_call *call, struct http_response *rs, const char *below,
                      struct str members) MUST_CHECK;

/** Answer with the whole object as it is now. */
enum err action_reply_object(struct action_call *call, struct http_response *rs, const struct object *o,
                             int status) MUST_CHECK;

/** {"id": "..."} of an object or actor, as JSON text. */
enum err id_text(struct arena *a, struct uuid id, struct str *ret) MUST_CHECK;

/* GET, POST and DELETE .../secret of applications and resources. */
action_handler secret_read, secret_rotate, secret_forget;

#endif
