/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "resource/pattern.h"

#include <pcre2.h>

enum {
    STEPS_MAX = 100000,
    DEPTH_MAX = 1000,
};

struct pattern {
    pcre2_code *code;
    pcre2_match_context *limits;
};

static void pattern_release(void *arg)
{
    struct pattern *p = arg;

    pcre2_match_context_free(p->limits);
    pcre2_code_free(p->code);
}

enum err pattern_new(struct arena *a, struct str text, const struct pattern **ret)
{
    struct pattern *p = ARENA_NEW(a, struct pattern);
    PCRE2_SIZE offset;
    int error = 0;

    if (!p)
        return NO_MEMORY;
    TRY(arena_defer(a, pattern_release, p));
    p->code = pcre2_compile((PCRE2_SPTR)text.p, text.len, PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY,
                            &error, &offset, NULL);
    if (!p->code)
        return error == PCRE2_ERROR_HEAP_FAILED ? NO_MEMORY : INVALID;
    p->limits = pcre2_match_context_create(NULL);
    if (!p->limits)
        return NO_MEMORY;
    pcre2_set_match_limit(p->limits, STEPS_MAX);
    pcre2_set_depth_limit(p->limits, DEPTH_MAX);
    *ret = p;
    return OK;
}

bool pattern_matches(const struct pattern *p, struct str text)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int found;

    if (!data)
        return false;
    found = pcre2_match(p->code, (PCRE2_SPTR)text.p, text.len, 0, 0, data, p->limits);
    pcre2_match_data_free(data);
    return found >= 0;
}
