/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource types compiled from their JSON Schema files (resources/README.md says what each keyword means).
 * Tables are made once, at start, and never change; nothing is interpreted per request.
 */
#ifndef RESOURCE_SCHEMA_H
#define RESOURCE_SCHEMA_H

#include "http/router.h"
#include "json/json.h"

struct pattern;
struct type;
struct hooks;

enum field_kind {
    FIELD_ANY,
    FIELD_STRING,
    FIELD_INTEGER,
    FIELD_NUMBER,
    FIELD_BOOLEAN,
    FIELD_OBJECT,
    FIELD_ARRAY
};
enum field_format { FORMAT_NONE, FORMAT_UUID, FORMAT_DATE_TIME, FORMAT_EMAIL, FORMAT_URI, FORMAT_LOCALE };
enum unique_scope { UNIQUE_NOT, UNIQUE_ENVIRONMENT, UNIQUE_PARENT, UNIQUE_INSTALLATION };
enum on_delete { ON_DELETE_RESTRICT, ON_DELETE_CLEAR, ON_DELETE_CASCADE };

struct field {
    struct str name; /* STR_NONE: an array's item */
    struct str path; /* "population.id"; an array's item has its array's path */
    enum field_kind kind;
    enum field_format format;
    bool required, read_only, write_only, immutable, keep, nocase, secret, unique_items, open;
    bool has_minimum, has_maximum;
    double minimum, maximum;
    size_t min_length, max_length; /* characters; items of an array */
    const struct json *choices;    /* enum: an array; NULL: any */
    struct str pattern_text;
    const struct pattern *pattern;
    const struct json *default_value;
    struct str default_from;
    struct str one_default; /* the refusal's text; STR_NONE: not such a member */
    enum unique_scope unique;
    struct str ref; /* type the value names; STR_NONE: no reference */
    const struct type *ref_type;
    struct str ref_parent;
    enum on_delete on_delete;
    struct str in_use;
    struct str counter; /* read only, from this counter */
    struct str count;   /* the target's counter of those that point at it */
    struct field *members;
    size_t members_n;
    struct field *items; /* of an array */
};

enum operation {
    OPERATION_LIST,
    OPERATION_CREATE,
    OPERATION_READ,
    OPERATION_REPLACE,
    OPERATION_PATCH,
    OPERATION_DELETE,
    OPERATIONS,
};

/* What filters may ask of an attribute. */
enum {
    OP_EQ = 1,
    OP_SW = 2,
    OP_EW = 4,
    OP_CO = 8,
    OP_NE = 16,
    OP_GT = 32,
    OP_GE = 64,
    OP_LT = 128,
    OP_LE = 256,
    OP_PR = 512
};

/* Their names, ended by NULL. */
struct operator_name {
    const char *name;
    unsigned bit;
};
extern const struct operator_name operator_names[];

/** OP_... of "eq" and its like, in letters of either case; 0: no operator is called so. */
unsigned operator_named(struct str word);

struct attribute {
    struct str path;
    unsigned operators; /* OP_... */
    bool indexed, ordered;
    const struct field *field;
};

struct link {
    struct str opening;           /* of the member, a comma before it, up to the quote of its href */
    struct str href;              /* template */
    const struct json *condition; /* path -> allowed values; NULL: always */
};

/* An operation beyond the six: its function is found by name. */
struct action {
    const struct type *type;
    struct str name;
    enum http_method method;
    struct str path;  /* below the object */
    struct str media; /* "application/json"; STR_NONE: any */
    bool on_collection;
    bool self; /* a user may do it to itself, by a scope */
    struct str permission;
    int status;
    struct field request; /* of the body; kind FIELD_ANY: none is expected */
};

struct type {
    struct str name, title;
    struct str path;            /* "/environments/{environment}/users/{id}" */
    struct str collection_path; /* without the last part */
    struct str collection;
    bool methods[OPERATIONS];
    struct str permissions[OPERATIONS]; /* "*": any actor with a role */
    bool in_environment;                /* its path begins with {environment} */
    const struct type *parent;          /* NULL: none */
    struct str parent_name;
    bool shows_parent, cached, strict_integers;
    struct str scope_type, scope_at; /* STR_NONE: none of its own */
    bool self[OPERATIONS];           /* what a user may do to itself, by a scope */
    const struct json *self_except;  /* names of members that it may not change even so */
    struct str not_found;
    size_t max_count;
    struct str max_message;
    struct field fields; /* the document: kind FIELD_OBJECT */
    struct attribute *attributes;
    size_t attributes_n;
    struct link *links;
    size_t links_n;
    struct action *actions;
    size_t actions_n;
    struct type **children; /* types whose parent this is */
    size_t children_n;
    const struct hooks *hooks; /* never NULL */
};

struct registry {
    struct arena *arena;
    struct type *types;
    size_t n;
};

/** Why a schema file was refused, for its author. */
struct schema_fault {
    char message[256];
};

/**
 * Compile all embedded schema files and tie them together: parents, references, hooks.
 *
 * hooks  table of a type's rules, ended by an entry without a type; static
 * ->     OK; INVALID: `fault` names file and keyword; NO_MEMORY. registry_free it.
 */
enum err registry_new(const struct hooks *const *hooks, struct schema_fault *fault,
                      struct registry **ret) MUST_CHECK;

/** NULL is fine. */
void registry_free(struct registry *r);

/** The type of that name, NULL when there is none. */
const struct type *registry_find(const struct registry *r, struct str name);

/**
 * Compile one schema text, for registry_new and tests.
 * ->  OK; INVALID; NO_MEMORY
 */
enum err schema_compile(struct arena *a, struct str text, struct schema_fault *fault,
                        struct type *ret) MUST_CHECK;

/** The field at a dotted path, through arrays; NULL when there is none. */
const struct field *field_find(const struct field *root, struct str path);

/** What filters may do with an attribute; NULL when it is none of the type's. */
const struct attribute *type_attribute(const struct type *t, struct str path);

/** The member of a document at a dotted path. */
const struct json *document_get(const struct json *document, struct str path);

#endif
