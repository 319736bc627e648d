/* SPDX-License-Identifier: Apache-2.0 */
/* The files that travel inside the program: resource types, roles, default objects, page templates. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include "base/str.h"

struct embedded {
    const char *name; /* path below resources/: "population.json", "data/roles.json"; NULL ends the table */
    size_t len;
    const char *data;
};

/* Sorted by name; made at build time from resources/. */
extern const struct embedded embedded_files[];

/** A file's content; STR_NONE when there is none of that name. */
struct str embedded_file(const char *name);

#endif
