/* SPDX-License-Identifier: Apache-2.0 */
/* Populations. */
#include "platform/common.h"

static enum err population_before_delete(struct change *c)
{
    int64_t users;

    TRY(tx_counter_get(c->tx, c->environment, STR("users"), c->id, &users));
    if (users > 0 && !c->cascading)
        return change_refuse(c, CONSTRAINT_VIOLATION, NULL,
                             "The request could not be completed. The population still has users.");
    return OK;
}

/* Every population has a theme (reference: default objects): the environment's default until another is
 * named. */
static enum err population_before_create(struct change *c)
{
    struct uuid theme = uuid_derived(c->environment, STR("theme"), STR("Ping Default"));
    struct str text;

    if (json_path_str(c->document, "theme.id").len)
        return OK;
    TRY(id_text(tx_arena(c->tx), theme, &text));
    return change_set(c, "theme", text);
}

const struct hooks population_hooks = {
    .type = "population",
    .before_create = population_before_create,
    .before_replace = population_before_create,
    .before_delete = population_before_delete,
};
