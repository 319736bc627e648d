/* SPDX-License-Identifier: Apache-2.0 */
/* Users: their population, import with a password, and the single-member sub-resources. */
#include "platform/password.h"

#include "base/clock.h"
#include "model/user.h"
#include "resource/document.h"
#include "resource/operation.h"
#include "resource/reply.h"
#include "resource/target.h"

/* Without a population the user goes to the environment's default one. */
static enum err user_before_create(struct change *c)
{
    const struct unique by_default = {
        .scope = c->environment, .type = STR("population"), .attribute = STR("default"), .value = STR("true")
    };
    struct uuid environment, population;
    struct str text;

    if (json_path_str(c->document, "population.id").len)
        return OK;
    TRY(tx_unique_get(c->tx, &by_default, &environment, &population));
    TRY(id_text(tx_arena(c->tx), population, &text));
    return change_set(c, "population", text);
}

/* What is kept of a user elsewhere goes along. */
static enum err user_after_delete(struct change *c)
{
    return password_unlock(c->tx, c->environment, c->id);
}

/* One top-level member read or written by itself. */
static enum err reply_member(struct action_call *call, struct http_response *rs, const struct json *document,
                             const char *name, const char *below)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    const struct json *value = json_get(document, name);
    struct str members;

    if (json_kind(value) == JSON_OBJECT) {
        json_each (m, value)
            json_key_str(&b, m.name), json_write(&b, m.value);
    } else {
        json_add(&b, name, value);
    }
    TRY(buf_finish(&b, &members));
    return action_reply(call, rs, below, members);
}

static enum err write_member(struct action_call *call, struct http_response *rs, const char *name,
                             struct str text, const char *below)
{
    struct member_set set = { .name = str_from(name), .text = text };
    const struct json *document;
    struct object o;

    TRY(action_amend(call, &set, 1, &o));
    TRY(json_parse_stored(call->rq->arena, o.document, &document));
    return reply_member(call, rs, document, name, below);
}

static enum err enabled_read(struct action_call *call, struct http_response *rs)
{
    return reply_member(call, rs, call->document, "enabled", "/enabled");
}

static struct str bool_text(const struct json *v)
{
    return json_is_true(v) ? STR("true") : STR("false");
}

static enum err enabled_write(struct action_call *call, struct http_response *rs)
{
    return write_member(call, rs, "enabled", bool_text(json_get(call->body, "enabled")), "/enabled");
}

static enum err mfa_enabled_read(struct action_call *call, struct http_response *rs)
{
    return reply_member(call, rs, call->document, "mfaEnabled", "/mfaEnabled");
}

static enum err mfa_enabled_write(struct action_call *call, struct http_response *rs)
{
    return write_member(call, rs, "mfaEnabled", bool_text(json_get(call->body, "mfaEnabled")), "/mfaEnabled");
}

static enum err population_read(struct action_call *call, struct http_response *rs)
{
    return reply_member(call, rs, call->document, "population", "/population");
}

static enum err population_write(struct action_call *call, struct http_response *rs)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct str text;

    json_open(&b, '{');
    json_add_str(&b, "id", json_path_str(call->body, "id"));
    json_close(&b, '}');
    TRY(buf_finish(&b, &text));
    return write_member(call, rs, "population", text, "/population");
}

static enum err identity_provider_read(struct action_call *call, struct http_response *rs)
{
    return reply_member(call, rs, call->document, "identityProvider", "/identityProvider");
}

/* External identity providers come later: only PingOne itself can be authoritative. */
static enum err identity_provider_write(struct action_call *call, struct http_response *rs)
{
    if (json_path_str(call->body, "id").len)
        return problem_detail(call->rq, INVALID_VALUE, STR("id"),
                              STR("There is no identity provider with this id."));
    return write_member(call, rs, "identityProvider", STR("{\"type\":\"PING_ONE\"}"), "/identityProvider");
}

static enum err verify_status_read(struct action_call *call, struct http_response *rs)
{
    return reply_member(call, rs, call->document, "verifyStatus", "/verifyStatus");
}

static enum err verify_status_write(struct action_call *call, struct http_response *rs)
{
    struct buf b = buf_make(call->rq->arena, BUF_NO_LIMIT);
    struct str text;

    json_write(&b, json_get(call->body, "verifyStatus"));
    TRY(buf_finish(&b, &text));
    return write_member(call, rs, "verifyStatus", text, "/verifyStatus");
}

static enum err account_write(struct action_call *call, struct http_response *rs, struct str account)
{
    struct member_set set = { .name = STR("account"), .text = account };
    struct object o;

    TRY(action_amend(call, &set, 1, &o));
    return action_reply_object(call, rs, &o, 200);
}

static enum err account_lock(struct action_call *call, struct http_response *rs)
{
    return account_write(call, rs, STR("{\"canAuthenticate\":false,\"status\":\"LOCKED\"}"));
}

static enum err account_unlock(struct action_call *call, struct http_response *rs)
{
    return account_write(call, rs, STR("{\"canAuthenticate\":true,\"status\":\"OK\"}"));
}

/* POST with user.import: a user together with a password that need not satisfy the policy's history. */
static enum err user_import(struct action_call *call, struct http_response *rs)
{
    struct str password, secret = STR_NONE;
    struct password_state none = { 0 };
    const struct json *body;

    TRY(body_check(call->rq, &call->action->type->fields, OPERATION_CREATE, false, &body));
    password = json_path_str(body, "password.value");
    if (password.len)
        TRY(password_give(call->rq, &none, call->environment, password, "password.value",
                          json_is_true(json_path(body, "password.forceChange")), &secret));
    return action_create(call, rs, body, secret, NULL);
}

static const struct action_entry user_actions[] = {
    { "user_import", user_import },
    { "account_lock", account_lock },
    { "account_unlock", account_unlock },
    { "password_read", password_state_read },
    { "password_set", password_set },
    { "password_reset", password_reset },
    { "password_check", password_check },
    { "password_force_change", password_force_change },
    { "password_unlock", password_clear_lock },
    { "user_enabled_read", enabled_read },
    { "user_enabled_write", enabled_write },
    { "user_population_read", population_read },
    { "user_population_write", population_write },
    { "user_identity_provider_read", identity_provider_read },
    { "user_identity_provider_write", identity_provider_write },
    { "user_verify_status_read", verify_status_read },
    { "user_verify_status_write", verify_status_write },
    { "user_mfa_enabled_read", mfa_enabled_read },
    { "user_mfa_enabled_write", mfa_enabled_write },
    { NULL, NULL },
};

const struct hooks user_hooks = {
    .type = "user",
    .before_create = user_before_create,
    .after_delete = user_after_delete,
    .actions = user_actions,
};
