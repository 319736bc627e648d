/* SPDX-License-Identifier: Apache-2.0 */
/* Password policies: what a new password must be, when it expires, when an account locks. */
#ifndef MODEL_PASSWORD_POLICY_H
#define MODEL_PASSWORD_POLICY_H

#include "model/site.h"
#include "json/json.h"

enum {
    CHARACTER_CLASSES_MAX = 4,
    PASSWORD_WARNING_DAYS = 21, /* before a password expires */
};

struct character_class {
    struct str characters;
    int64_t least;
};

struct password_policy {
    struct uuid id;
    bool no_common, no_profile_data, not_similar;
    int64_t length_min, length_max;
    int64_t max_repeated, min_unique; /* 0: no such rule */
    int64_t min_complexity; /* days that trying all passwords of its kind would take; 0: no such rule */
    int64_t alphabet_max, number_max, qwerty_max, shifted_max; /* of a sequence; 0: no such rule */
    struct character_class classes[CHARACTER_CLASSES_MAX];
    size_t classes_n;
    int64_t history_count, history_days; /* 0: none */
    int64_t min_age_days, max_age_days;  /* 0: none */
    int64_t lockout_failures, lockout_s; /* 0: never */
};

/** The policy of a population, else the environment's default. -> OK; NOT_FOUND: none at all; IO; NO_MEMORY
 */
enum err password_policy_of(struct tx *tx, struct arena *a, struct uuid environment, struct uuid population,
                            struct password_policy *ret) MUST_CHECK;

/**
 * Check a new password against all rules but history and age.
 *
 * user     the user's document, for profile data
 * current  the password that it replaces, where the user wrote it beside the new one; STR_NONE: not known
 * ret      members of innerError, a sentence for each broken rule; STR_NONE: it is fine
 * ->       OK; NO_MEMORY
 */
enum err password_policy_check(struct arena *a, const struct password_policy *p, struct str password,
                               const struct json *user, struct str current, struct str *ret) MUST_CHECK;

#endif
