/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line an event, as JSON for machines or as text for people, on standard error. A line names what
 * happened and its fields; never a password, a secret, a code, a cookie or a token. The correlation id of the
 * request this thread works for is added by itself.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
    const char *name;
    struct str value;
};

/** Before any thread starts: how lines look and which level is the lowest written. */
void log_setup(enum log_format format, enum log_level lowest);

/** At any time: the lowest level written from now on. */
void log_level(enum log_level lowest);

/** The correlation id of what this thread does now; STR_NONE at its end. The text must stay alive until then.
 */
void log_correlation(struct str id);

/** Write one line. Control characters are escaped, so a client can't forge a line. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/** log_event(LOG_INFO, "listening", { "url", url }, { "port", port }); */
#define log_event(level, event, ...)                                                                         \
    log_fields((level), (event), (const struct log_field[]){ __VA_ARGS__ },                                  \
               sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

#endif
