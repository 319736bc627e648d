/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of a type that its schema cannot say. A change passes these points in order:
 *
 *   prepare         before the transaction: slow work (hashes, keys); may look at nothing in the store
 *   before_create   in the transaction, on the new document; also before_replace (PUT and PATCH) and
 *                   before_delete
 *   after_create    in the transaction, after the object is kept: what comes along with it; also
 *                   after_replace and after_delete
 *   show            when a reply is written: members that are computed; also link
 *
 * All but prepare, show and link run in the store's writer and may run again: no input or output, no hashing,
 * no state.
 */
#ifndef RESOURCE_HOOKS_H
#define RESOURCE_HOOKS_H

#include "model/actor.h"
#include "model/site.h"
#include "resource/schema.h"
#include "store/store.h"

enum { CHANGE_SETS_MAX = 16 };

/* A member that a hook decides: the whole top-level member as JSON text; STR_NONE leaves it out. */
struct member_set {
    struct str name;
    struct str text;
};

/* One write to one object, on its way through checks and hooks. */
struct change {
    struct http_request *rq;
    struct site *site;
    const struct registry *registry;
    const struct type *type;
    const struct actor *actor; /* NULL: the server itself (seeding) */
    enum operation operation;
    struct tx *tx; /* NULL before the transaction */
    struct uuid environment, parent, id;
    const struct json *body;            /* the client's, checked; NULL when deleting */
    const struct json *parent_document; /* NULL when the type has no parent */
    struct object old_object;           /* when replacing or deleting */
    const struct json *old;             /* its document */
    const struct json *document;        /* the new one, in before_* and after_* */
    struct str secret;                  /* becomes object.secret; STR_NONE keeps what is there */
    int64_t now_ms;
    bool cascading; /* deleted because of another object */
    bool seeding;   /* the body is the server's own: read-only members count, null leaves out */
    struct member_set sets[CHANGE_SETS_MAX];
    size_t sets_n;
    void *prepared; /* prepare's own */
};

typedef enum err change_hook(struct change *c);

/* What show adds: members in text, appended behind the links. */
typedef enum err show_hook(struct http_request *rq, struct tx *tx, const struct object *o, struct buf *b);

/* Another form of an object than JSON, where Accept names one: the status of `rs` stays 0 when it does not.
 */
typedef enum err form_hook(struct http_request *rq, const struct object *o, struct http_response *rs);

/* Where a link leads when that depends on what is there: its template, as the schema gives it or another. */
typedef struct str link_hook(const struct http_request *rq, const struct json *document, struct str href);

struct target;

/* An action under way: the actor has the permission, the object is there. */
struct action_call {
    struct http_request *rq;
    struct site *site;
    const struct registry *registry;
    const struct action *action;
    const struct actor *actor;
    struct uuid environment, parent, id;
    const struct json *body; /* checked; NULL when none is expected */
    const struct target *target;
    struct object object; /* as read before, none on a collection; to be read again inside a write */
    const struct json *document;
};

/** Answer an action. */
typedef enum err action_handler(struct action_call *call, struct http_response *rs);

struct action_entry {
    const char *name;
    action_handler *handle;
};

struct hooks {
    const char *type;
    change_hook *prepare;
    change_hook *before_create, *before_replace, *before_delete;
    change_hook *after_create, *after_replace, *after_delete;
    show_hook *show;
    link_hook *link;
    form_hook *form;
    const struct action_entry *actions; /* ended by an entry without a name */
    /* Types whose objects are not, or not all, in the store: these answer instead. */
    http_handler *list, *read;
};

/** Decide a top-level member of the new document. Text must live as long as the change. -> OK; TOO_LARGE: too
 * many */
enum err change_set(struct change *c, const char *name, struct str text) MUST_CHECK;

/** The same for a JSON string's content. -> OK; TOO_LARGE; NO_MEMORY */
enum err change_set_str(struct change *c, const char *name, struct str value) MUST_CHECK;

/** Refuse the change: 400 INVALID_DATA with one detail. -> FAILED, always */
enum err change_refuse(struct change *c, enum detail_code code, const char *target, const char *message);

#endif
