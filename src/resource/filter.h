/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM filters (RFC 7644 3.4.2.2, the subset of the reference): and, or, not, parentheses, comparisons,
 * complex paths such as memberOfGroups[id eq "x"].
 */
#ifndef RESOURCE_FILTER_H
#define RESOURCE_FILTER_H

#include "base/uuid.h"
#include "resource/schema.h"

enum {
    FILTER_DEPTH_MAX = 16,
    FILTER_TERMS_MAX = 100,
    FILTER_LENGTH_MAX = 8192,
};

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_COMPARE, FILTER_ANY_OF, FILTER_NOTHING };

struct filter {
    enum filter_kind kind;
    const struct filter *left, *right; /* AND, OR; NOT and ANY_OF have left only */
    struct str path;                   /* COMPARE, ANY_OF: the attribute */
    unsigned operator;                 /* OP_... */
    const struct json *value;          /* a string, number, boolean or null; NULL with OP_PR */
    const struct attribute *attribute; /* of COMPARE outside brackets */
};

/* Why a filter was refused. */
struct filter_fault {
    struct str message;
    struct str inner; /* members of innerError; STR_NONE: none */
};

/**
 * Parse a filter on the attributes of a type.
 * ->  OK; INVALID: `fault` says why; NO_MEMORY
 */
enum err filter_parse(struct arena *a, const struct type *t, struct str text, struct filter_fault *fault,
                      const struct filter **ret) MUST_CHECK;

/** Whether a document satisfies it. NULL, no filter, takes every document. */
bool filter_matches(const struct filter *f, const struct json *document);

/** Both must hold; either may be NULL. -> OK; NO_MEMORY */
enum err filter_and(struct arena *a, const struct filter *x, const struct filter *y,
                    const struct filter **ret) MUST_CHECK;

/** path eq any of the ids; no id: a filter that nothing matches. -> OK; NO_MEMORY */
enum err filter_ids(struct arena *a, const struct type *t, struct str path, const struct uuid *ids, size_t n,
                    const struct filter **ret) MUST_CHECK;

/* One index range that covers part of what a filter can match. */
struct drive {
    const struct attribute *attribute;
    struct str value; /* normalised */
    bool prefix;
};

enum { DRIVES_MAX = 64 };

/**
 * Index ranges whose union holds every object the filter matches.
 * ->  how many; 0: no such ranges, all objects must be looked at
 */
size_t filter_drives(struct arena *a, const struct filter *f, struct drive drives[DRIVES_MAX]);

/**
 * The form of an object's value in an attribute's index. One that is absent stands behind all others where
 * lists are ordered by the attribute, so that they leave nothing out; elsewhere it is STR_NONE: no row.
 * -> OK; NO_MEMORY
 */
enum err value_in_index(struct arena *a, const struct attribute *t, const struct json *document,
                        struct str *ret) MUST_CHECK;

/** The form of a value in indexes and unique rows: without case where the field says so. -> OK; NO_MEMORY */
enum err value_normalise(struct arena *a, const struct field *f, const struct json *v,
                         struct str *ret) MUST_CHECK;

#endif
