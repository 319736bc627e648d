/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: an object below its user, and one a cookie that names it. */
#include "model/session.h"

static const struct str session_type = { "session", 7 };
static const struct str cookie_type = { "sessionCookie", 13 };

static enum err parse(struct arena *a, struct session *s)
{
    const struct json *d;

    TRY(json_parse_stored(a, s->object.document, &d));
    s->id = s->object.id;
    s->user = s->object.parent;
    s->signed_on_at_ms = json_int(json_get(d, "signedOnAt"), 0);
    s->policy = json_path_str(d, "policy");
    return OK;
}

enum err session_read(struct tx *tx, struct arena *a, struct uuid environment, struct uuid id,
                      struct session *ret)
{
    struct session s;

    TRY(tx_get(tx, a, environment, session_type, id, &s.object));
    TRY(parse(a, &s));
    *ret = s;
    return OK;
}

enum err session_find(struct tx *tx, struct arena *a, struct uuid environment, struct str cookie,
                      struct session *ret)
{
    struct object o;
    struct session s;

    if (!cookie.len)
        return NOT_FOUND;
    TRY(tx_get(tx, a, environment, cookie_type, secret_id(cookie), &o));
    TRY(session_read(tx, a, environment, o.parent, &s));
    *ret = s;
    return OK;
}

static enum err drop_cookies(struct tx *tx, struct uuid environment, struct uuid session)
{
    struct object_range range = {
        .environment = environment, .type = cookie_type, .has_parent = true, .parent = session, .limit = 10
    };
    struct object_list list;

    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    for (size_t i = 0; i < list.n; i++)
        TRY(tx_delete(tx, environment, cookie_type, list.items[i].id));
    return OK;
}

enum err session_end(struct tx *tx, struct uuid environment, struct uuid id)
{
    enum err e;

    TRY(drop_cookies(tx, environment, id));
    e = tx_delete(tx, environment, session_type, id);
    return e == NOT_FOUND ? OK : e;
}

/* Ids rise with time: the first ones are the oldest. */
static enum err drop_oldest(struct tx *tx, struct uuid environment, struct uuid user)
{
    struct object_range range = { .environment = environment,
                                  .type = session_type,
                                  .has_parent = true,
                                  .parent = user,
                                  .limit = SESSIONS_PER_USER_MAX + 10 };
    struct object_list list;

    TRY(tx_list(tx, tx_arena(tx), &range, &list));
    for (size_t i = 0; i + SESSIONS_PER_USER_MAX <= list.n; i++)
        TRY(session_end(tx, environment, list.items[i].id));
    return OK;
}

static enum err write_document(struct arena *a, const struct sign_on *s, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    json_open(&b, '{');
    json_add_int(&b, "signedOnAt", s->now_ms);
    json_add_str(&b, "policy", s->policy);
    json_add_str(&b, "remoteIp", s->remote_ip);
    json_add_str(&b, "userAgent", s->user_agent);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

static enum err add_cookie(struct tx *tx, const struct sign_on *s, struct uuid session, int64_t expires_at_ms)
{
    struct object o = { .environment = s->environment,
                        .type = cookie_type,
                        .id = secret_id(s->cookie),
                        .parent = session,
                        .expires_at_ms = expires_at_ms,
                        .document = STR("{}") };

    return tx_insert(tx, &o);
}

enum err session_sign_on(struct tx *tx, struct arena *a, const struct sign_on *s, struct uuid *ret_id)
{
    struct object o = { .environment = s->environment, .type = session_type, .parent = s->user };
    struct session old;
    enum err e = NOT_FOUND;

    if (!uuid_is_nil(s->session))
        e = session_read(tx, a, s->environment, s->session, &old);
    if (e != OK && e != NOT_FOUND)
        return e;
    if (e == OK && uuid_eq(old.user, s->user))
        o = old.object;
    else
        o.id = uuid_v7();
    TRY(write_document(a, s, &o.document));
    o.expires_at_ms = s->now_ms + SESSION_S * INT64_C(1000);
    if (o.version) {
        TRY(drop_cookies(tx, s->environment, o.id));
        TRY(tx_update(tx, &o));
    } else {
        TRY(drop_oldest(tx, s->environment, s->user));
        TRY(tx_insert(tx, &o));
    }
    TRY(add_cookie(tx, s, o.id, o.expires_at_ms));
    *ret_id = o.id;
    return OK;
}
