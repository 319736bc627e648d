/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a configuration file as one table. */
#ifndef SERVER_SETTING_H
#define SERVER_SETTING_H

#include "server/configuration.h"

enum setting_kind {
    SETTING_STORE,   /* a folder or a URL */
    SETTING_FILE,    /* an absolute path */
    SETTING_SECRET,  /* { file: PATH } or { environment: NAME } */
    SETTING_ADDRESS, /* ADDR:PORT */
    SETTING_NUMBER,
    SETTING_FLAG,
    SETTING_CHOICE,   /* the place in `choices` */
    SETTING_HOSTS,    /* a list */
    SETTING_NETWORKS, /* a list */
};

struct setting {
    const char *path; /* "listen.https"; NULL ends the table */
    enum setting_kind kind;
    size_t offset; /* in struct configuration */
    bool required;
    int64_t least, most;        /* of a number */
    const char *otherwise;      /* what it is unless written, as it would be; NULL: nothing */
    const char *const *choices; /* NULL ends them */
    const char *help;           /* a sentence without its period */
};

/* In the order of the documentation; those of a section stand together. */
extern const struct setting settings[];

#endif
