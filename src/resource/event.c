/* SPDX-License-Identifier: Apache-2.0 */
/* Events of changes. */
#include "resource/event.h"

#include <ctype.h>

/* "signOnPolicy" -> "SIGN_ON_POLICY" */
static void add_type(struct buf *b, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (isupper((unsigned char)name.p[i]))
            buf_add_char(b, '_');
        buf_add_char(b, (char)toupper((unsigned char)name.p[i]));
    }
}

static enum err action_name(struct change *c, const char *verb, struct str *ret)
{
    struct buf b = buf_make(tx_arena(c->tx), BUF_NO_LIMIT);

    if (!strchr(verb, '.')) {
        add_type(&b, c->type->name);
        buf_add_char(&b, '.');
    }
    buf_add_z(&b, verb);
    return buf_finish(&b, ret);
}

static void add_actor(struct buf *b, const struct actor *actor)
{
    json_open_member(b, "actors", '{');
    if (actor) {
        json_open_member(b, uuid_is_nil(actor->user) ? "client" : "user", '{');
        json_add_id(b, "id", uuid_is_nil(actor->user) ? actor->client : actor->user);
        json_add_id(b, "environment", actor->environment);
        json_close(b, '}');
    }
    json_close(b, '}');
}

static void add_resource(struct buf *b, const struct change *c)
{
    json_open_member(b, "resource", '{');
    json_add_str(b, "type", c->type->name);
    json_add_id(b, "id", c->id);
    json_add_id(b, "environment", c->environment);
    json_close(b, '}');
}

enum err event_write(struct change *c, const char *verb)
{
    struct buf b = buf_make(tx_arena(c->tx), BUF_NO_LIMIT);
    struct str action, text;

    TRY(action_name(c, verb, &action));
    json_open(&b, '{');
    json_add_time(&b, "recordedAt", c->now_ms);
    json_add_str(&b, "action", action);
    add_actor(&b, c->actor);
    add_resource(&b, c);
    json_add_str(&b, "result", STR("SUCCESS"));
    json_add_str(&b, "correlationId", c->rq->correlation_id);
    json_close(&b, '}');
    TRY(buf_finish(&b, &text));
    return tx_event(c->tx, c->environment, text);
}
