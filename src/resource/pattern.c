/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "resource/pattern.h"

#include "base/mem.h"

#include <pcre2.h>

enum {
    STEPS_MAX = 100000,
    DEPTH_MAX = 1000,
};

struct pattern {
    pcre2_general_context *memory;
    pcre2_code *code;
    pcre2_match_context *limits;
};

static void *take(size_t size, void *data UNUSED)
{
    return mem_resize(NULL, size); /* it need not be zeroed */
}

static void give(void *p, void *data UNUSED)
{
    mem_free(p);
}

static void pattern_release(void *arg)
{
    struct pattern *p = arg;

    pcre2_match_context_free(p->limits);
    pcre2_code_free(p->code);
    pcre2_general_context_free(p->memory);
}

static enum err compile(struct pattern *p, struct str text)
{
    pcre2_compile_context *how = pcre2_compile_context_create(p->memory);
    PCRE2_SIZE offset;
    int error = 0;

    if (!how)
        return NO_MEMORY;
    p->code = pcre2_compile((PCRE2_SPTR)text.p, text.len, PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY,
                            &error, &offset, how);
    pcre2_compile_context_free(how);
    if (!p->code)
        return error == PCRE2_ERROR_HEAP_FAILED ? NO_MEMORY : INVALID;
    return OK;
}

enum err pattern_new(struct arena *a, struct str text, const struct pattern **ret)
{
    struct pattern *p = ARENA_NEW(a, struct pattern);

    if (!p)
        return NO_MEMORY;
    TRY(arena_defer(a, pattern_release, p));
    p->memory = pcre2_general_context_create(take, give, NULL);
    if (!p->memory)
        return NO_MEMORY;
    TRY(compile(p, text));
    p->limits = pcre2_match_context_create(p->memory);
    if (!p->limits)
        return NO_MEMORY;
    pcre2_set_match_limit(p->limits, STEPS_MAX);
    pcre2_set_depth_limit(p->limits, DEPTH_MAX);
    *ret = p;
    return OK;
}

enum err pattern_find(const struct pattern *p, struct str text, bool *ret)
{
    pcre2_match_data *data = pcre2_match_data_create(1, p->memory);
    int found;

    if (!data)
        return NO_MEMORY;
    found = pcre2_match(p->code, (PCRE2_SPTR)text.p, text.len, 0, 0, data, p->limits);
    pcre2_match_data_free(data);
    if (found == PCRE2_ERROR_NOMEMORY)
        return NO_MEMORY;
    *ret = found >= 0;
    return OK;
}
