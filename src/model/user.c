/* SPDX-License-Identifier: Apache-2.0 */
/* Users, passwords and the counting of attempts. */
#include "model/user.h"

#include "base/clock.h"
#include "model/password_pool.h"

#include <ctype.h>

enum {
    DAY_MS = 24 * 60 * 60 * 1000,
    HISTORY_MAX = 50,
};

static const struct str attempts_type = { "passwordAttempts", 16 };

static const char *const status_names[] = { "OK", "NO_PASSWORD", "PASSWORD_LOCKED_OUT", "PASSWORD_EXPIRED",
                                            "MUST_CHANGE_PASSWORD" };

const char *password_status_name(enum password_status status)
{
    return status_names[status];
}

static enum err lower_case(struct arena *a, struct str s, struct str *ret)
{
    TRY(str_copy(a, s, ret));
    for (size_t i = 0; i < ret->len; i++)
        ((char *)ret->p)[i] = (char)tolower((unsigned char)ret->p[i]); /* our own copy */
    return OK;
}

enum err user_read(struct tx *tx, struct arena *a, struct uuid environment, struct uuid id, struct user *ret)
{
    struct user u = { .id = id };

    TRY(tx_get(tx, a, environment, STR("user"), id, &u.object));
    TRY(json_parse_stored(a, u.object.document, &u.document));
    if (uuid_parse(json_path_str(u.document, "population.id"), &u.population) != OK)
        return CORRUPT;
    u.usable = json_is_true(json_get(u.document, "enabled")) &&
               !str_is(json_path_str(u.document, "account.status"), "LOCKED");
    *ret = u;
    return OK;
}

enum err user_find(struct tx *tx, struct arena *a, struct uuid environment, struct str username,
                   struct user *ret)
{
    struct unique u = { .scope = environment, .type = STR("user"), .attribute = STR("username") };
    struct uuid holders, id;

    TRY(lower_case(a, username, &u.value));
    TRY(tx_unique_get(tx, &u, &holders, &id));
    return user_read(tx, a, environment, id, ret);
}

struct attempts {
    struct object object;
    bool stored;
    int64_t failures, locked_until_ms;
};

static enum err attempts_read(struct tx *tx, struct arena *a, struct uuid environment, struct uuid id,
                              struct attempts *ret)
{
    const struct json *d;
    enum err e;

    *ret = (struct attempts){ .object = { .environment = environment, .type = attempts_type, .id = id } };
    e = tx_get(tx, a, environment, attempts_type, id, &ret->object);
    if (e == NOT_FOUND)
        return OK;
    TRY(e);
    TRY(json_parse_stored(a, ret->object.document, &d));
    ret->stored = true;
    ret->failures = json_int(json_get(d, "failures"), 0);
    ret->locked_until_ms = json_int(json_get(d, "lockedUntil"), 0);
    return OK;
}

static enum err attempts_write(struct tx *tx, struct arena *a, struct attempts *t)
{
    TRY(str_printf(a, &t->object.document, "{\"failures\":%lld,\"lockedUntil\":%lld}", (long long)t->failures,
                   (long long)t->locked_until_ms));
    return t->stored ? tx_update(tx, &t->object) : tx_insert(tx, &t->object);
}

static enum password_status status_of(const struct password_state *s, const struct json *part, int64_t now)
{
    if (!s->hash.len)
        return PASSWORD_NONE;
    if (s->locked_until_ms > now)
        return PASSWORD_IS_LOCKED;
    if (s->expires_at_ms && s->expires_at_ms <= now)
        return PASSWORD_HAS_EXPIRED;
    return json_is_true(json_get(part, "mustChange")) ? PASSWORD_MUST_CHANGE : PASSWORD_OK;
}

static enum err read_part(struct arena *a, const struct user *u, struct password_state *s,
                          const struct json **ret_part)
{
    *ret_part = NULL;
    if (!u->object.secret.len)
        return OK;
    TRY(json_parse_stored(a, u->object.secret, ret_part));
    s->hash = json_path_str(*ret_part, "hash");
    s->history = json_get(*ret_part, "history");
    s->changed_at_ms = json_int(json_get(*ret_part, "changedAt"), 0);
    return OK;
}

enum err password_read(struct tx *tx, struct arena *a, const struct user *u, struct password_state *ret)
{
    struct password_state s = { 0 };
    const struct json *part;
    struct attempts t;

    TRY(password_policy_of(tx, a, u->object.environment, u->population, &s.policy));
    TRY(attempts_read(tx, a, u->object.environment, u->id, &t));
    TRY(read_part(a, u, &s, &part));
    s.locked_until_ms = t.locked_until_ms;
    if (s.policy.max_age_days && s.changed_at_ms)
        s.expires_at_ms = s.changed_at_ms + s.policy.max_age_days * DAY_MS;
    s.failures_remaining = s.policy.lockout_failures ? s.policy.lockout_failures - t.failures : -1;
    s.status = status_of(&s, part, clock_now_ms());
    *ret = s;
    return OK;
}

static enum err load_attempt(struct tx *tx, struct arena *a, struct password_attempt *t)
{
    enum err e = uuid_is_nil(t->user_id) ? user_find(tx, a, t->environment, t->username, &t->user)
                                         : user_read(tx, a, t->environment, t->user_id, &t->user);

    t->known = e == OK;
    if (e == OK)
        return password_read(tx, a, &t->user, &t->state);
    t->state = (struct password_state){ .failures_remaining = -1 };
    if (e == NOT_FOUND)
        e = password_policy_of(tx, a, t->environment, (struct uuid){ { 0 } }, &t->state.policy);
    return e;
}

/* Attempts on a name that nobody has are kept under an id made of the name. */
static enum err counted_id(struct arena *a, const struct password_attempt *t, struct uuid *ret)
{
    struct str name;

    if (t->known) {
        *ret = t->user.id;
        return OK;
    }
    TRY(lower_case(a, t->username, &name));
    *ret = uuid_derived(t->environment, attempts_type, name);
    return OK;
}

struct try_call {
    struct arena *arena;
    struct password_attempt *attempt;
};

static void count_failure(struct attempts *counted, const struct password_policy *p, int64_t now)
{
    if (counted->locked_until_ms && counted->locked_until_ms <= now) {
        counted->failures = 0;
        counted->locked_until_ms = 0;
    }
    counted->failures++;
    if (p->lockout_failures && counted->failures >= p->lockout_failures)
        counted->locked_until_ms = now + p->lockout_s * 1000;
}

/* Before the hash: the attempt counts as failed until it is proved right. */
static enum err count_attempt(struct tx *tx, void *arg)
{
    struct try_call *c = arg;
    struct password_attempt *t = c->attempt;
    int64_t now = clock_now_ms();
    struct attempts counted;
    struct uuid id;

    TRY(load_attempt(tx, c->arena, t));
    TRY(counted_id(c->arena, t, &id));
    TRY(attempts_read(tx, c->arena, t->environment, id, &counted));
    t->locked = counted.locked_until_ms > now;
    if (t->locked)
        return OK;
    count_failure(&counted, &t->state.policy, now);
    counted.object.expires_at_ms = t->known ? 0 : now + DAY_MS;
    t->state.locked_until_ms = counted.locked_until_ms;
    if (t->state.policy.lockout_failures)
        t->state.failures_remaining = t->state.policy.lockout_failures - counted.failures;
    return attempts_write(tx, c->arena, &counted);
}

static enum err forgive(struct tx *tx, void *arg)
{
    struct try_call *c = arg;

    return password_unlock(tx, c->attempt->environment, c->attempt->user.id);
}

static enum err count_and_verify(struct site *site, struct try_call *c, bool *ret)
{
    struct password_attempt *t = c->attempt;

    TRY(store_write(site->store, count_attempt, c));
    return password_pool_verify_entered(site->passwords, t->known && !t->locked ? t->state.hash : STR_NONE,
                                        t->password, ret);
}

/* An attempt for which there is no place is refused before it is counted: it has tried nothing. */
enum err password_try(struct site *site, struct arena *a, struct password_attempt *t)
{
    struct try_call c = { .arena = a, .attempt = t };
    bool matches;
    enum err e;

    t->right = false;
    TRY(password_pool_enter(site->passwords, t->environment));
    e = count_and_verify(site, &c, &matches);
    password_pool_leave(site->passwords, t->environment);
    TRY(e);
    if (!matches)
        return OK;
    TRY(store_write(site->store, forgive, &c));
    t->state.locked_until_ms = 0;
    t->right = true;
    return OK;
}

enum err password_unlock(struct tx *tx, struct uuid environment, struct uuid user)
{
    enum err e = tx_delete(tx, environment, attempts_type, user);

    return e == NOT_FOUND ? OK : e;
}

/* Old hashes that the policy still wants, the newest first. */
static void write_history(struct buf *b, const struct password_state *s, int64_t now)
{
    int64_t left = s->policy.history_count < HISTORY_MAX ? s->policy.history_count : HISTORY_MAX;
    int64_t since = s->policy.history_days ? now - s->policy.history_days * DAY_MS : 0;

    json_open_member(b, "history", '[');
    if (s->hash.len && left > 0) {
        json_open(b, '{');
        json_add_str(b, "hash", s->hash);
        json_add_int(b, "at", s->changed_at_ms);
        json_close(b, '}');
        left--;
    }
    json_each (m, s->history) {
        if (left-- <= 0 || json_int(json_get(m.value, "at"), 0) < since)
            break;
        json_key_str(b, STR_NONE);
        json_write(b, m.value);
    }
    json_close(b, ']');
}

enum err password_make_encoded(struct arena *a, const struct password_state *state, struct str hash,
                               bool must_change, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);
    int64_t now = clock_now_ms();

    json_open(&b, '{');
    json_add_str(&b, "hash", hash);
    json_add_int(&b, "changedAt", now);
    json_add_bool(&b, "mustChange", must_change);
    write_history(&b, state, now);
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

enum err password_make(struct site *site, struct arena *a, const struct password_state *state,
                       struct uuid environment, struct str password, bool must_change, struct str *ret)
{
    struct str hash;

    TRY(password_pool_hash(site->passwords, environment, a, password, &hash));
    return password_make_encoded(a, state, hash, must_change, ret);
}

enum err password_is_old(struct site *site, struct uuid environment, const struct password_state *state,
                         struct str password, bool *ret)
{
    int64_t left = state->policy.history_count;

    *ret = false;
    if (left <= 0)
        return OK;
    if (state->hash.len)
        TRY(password_pool_verify(site->passwords, environment, state->hash, password, ret));
    json_each (m, state->history) {
        if (*ret || --left <= 0)
            return OK;
        TRY(password_pool_verify(site->passwords, environment, json_path_str(m.value, "hash"), password,
                                 ret));
    }
    return OK;
}
