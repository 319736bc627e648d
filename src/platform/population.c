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

/* External identity providers come later: until then PingOne itself is every population's. */
static enum err identity_provider_read(struct action_call *call, struct http_response *rs)
{
    return action_reply(call, rs, "/defaultIdentityProvider", STR("\"type\":\"PING_ONE\""));
}

/* No id means PingOne (reference: populations). */
static enum err identity_provider_write(struct action_call *call, struct http_response *rs)
{
    struct str id = json_path_str(call->body, "id"), inner;

    if (!id.len)
        return identity_provider_read(call, rs);
    TRY(str_printf(call->rq->arena, &inner, "\"referencedValues\":[\"%.*s\"]", STR_FMT(id)));
    return problem_detail_inner(call->rq, INVALID_VALUE, STR("id"),
                                STR("There is no identityProvider with this id."), inner);
}

static const struct action_entry population_actions[] = {
    { "population_identity_provider_read", identity_provider_read },
    { "population_identity_provider_write", identity_provider_write },
    { NULL, NULL },
};

const struct hooks population_hooks = {
    .type = "population",
    .before_create = population_before_create,
    .before_replace = population_before_create,
    .before_delete = population_before_delete,
    .actions = population_actions,
};
