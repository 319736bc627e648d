/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of password policies, one function each, in a table. */
#include "model/password_policy.h"

#include "base/embedded.h"

#include <ctype.h>
#include <strings.h>

static void read_classes(struct password_policy *p, const struct json *d)
{
    json_each (m, json_get(d, "minCharacters"))
        if (p->classes_n < CHARACTER_CLASSES_MAX)
            p->classes[p->classes_n++] = (struct character_class){ m.name, json_int(m.value, 0) };
}

static int64_t number(const struct json *d, const char *path, int64_t otherwise)
{
    return json_int(json_path(d, path), otherwise);
}

static void read_policy(struct password_policy *p, struct uuid id, const struct json *d)
{
    *p = (struct password_policy){
        .id = id,
        .no_common = json_is_true(json_get(d, "excludesCommonlyUsed")),
        .no_profile_data = json_is_true(json_get(d, "excludesProfileData")),
        .not_similar = json_is_true(json_get(d, "notSimilarToCurrent")),
        .length_min = number(d, "length.min", 1),
        .length_max = number(d, "length.max", 255),
        .max_repeated = number(d, "maxRepeatedCharacters", 0),
        .min_unique = number(d, "minUniqueCharacters", 0),
        .history_count = number(d, "history.count", 0),
        .history_days = number(d, "history.retentionDays", 0),
        .min_age_days = number(d, "minAgeDays", 0),
        .max_age_days = number(d, "maxAgeDays", 0),
        .lockout_failures = number(d, "lockout.failureCount", 0),
        .lockout_s = number(d, "lockout.durationSeconds", 0),
    };
    read_classes(p, d);
}

static enum err policy_id(struct tx *tx, struct arena *a, struct uuid environment, struct uuid population,
                          struct uuid *ret)
{
    const struct unique by_default = {
        .scope = environment, .type = STR("passwordPolicy"), .attribute = STR("default"), .value = STR("true")
    };
    const struct json *d;
    struct uuid holders;
    struct object o;
    enum err e = tx_get(tx, a, environment, STR("population"), population, &o);

    if (e != OK && e != NOT_FOUND)
        return e;
    if (e == OK) {
        TRY(json_parse_stored(a, o.document, &d));
        if (uuid_parse(json_path_str(d, "passwordPolicy.id"), ret) == OK)
            return OK;
    }
    return tx_unique_get(tx, &by_default, &holders, ret);
}

enum err password_policy_of(struct tx *tx, struct arena *a, struct uuid environment, struct uuid population,
                            struct password_policy *ret)
{
    const struct json *d;
    struct object o;
    struct uuid id;

    TRY(policy_id(tx, a, environment, population, &id));
    TRY(tx_get(tx, a, environment, STR("passwordPolicy"), id, &o));
    TRY(json_parse_stored(a, o.document, &d));
    read_policy(ret, id, d);
    return OK;
}

/* A password under check. */
struct trial {
    const struct password_policy *policy;
    struct str password, lower;
    const struct json *user;
};

static bool breaks_length(const struct trial *t)
{
    int64_t n = (int64_t)str_characters(t->password);

    return n < t->policy->length_min || n > t->policy->length_max;
}

static bool breaks_repeated(const struct trial *t)
{
    int64_t run = 0;

    if (!t->policy->max_repeated)
        return false;
    for (size_t i = 0; i < t->password.len; i++) {
        run = i && t->password.p[i] == t->password.p[i - 1] ? run + 1 : 1;
        if (run > t->policy->max_repeated)
            return true;
    }
    return false;
}

static bool breaks_unique(const struct trial *t)
{
    bool seen[256] = { false };
    int64_t n = 0;

    for (size_t i = 0; i < t->password.len; i++) {
        unsigned char c = (unsigned char)t->password.p[i];

        n += !seen[c];
        seen[c] = true;
    }
    return n < t->policy->min_unique;
}

static bool breaks_classes(const struct trial *t)
{
    for (size_t i = 0; i < t->policy->classes_n; i++) {
        const struct character_class *c = &t->policy->classes[i];
        int64_t n = 0;

        for (size_t k = 0; k < t->password.len; k++)
            n += str_index(c->characters, t->password.p[k]) < c->characters.len;
        if (n < c->least)
            return true;
    }
    return false;
}

static bool breaks_common(const struct trial *t)
{
    struct str rest = embedded_file("data/common-passwords.txt"), line;

    if (!t->policy->no_common)
        return false;
    while (str_next(&rest, '\n', &line))
        if (line.len && str_eq(line, t->lower))
            return true;
    return false;
}

/* Whether the password holds this text or the text the password, case aside; short texts prove nothing. */
static bool holds(const struct trial *t, struct str text)
{
    if (text.len < 4 || text.len > t->lower.len)
        return false;
    for (size_t i = 0; i + text.len <= t->lower.len; i++)
        if (strncasecmp(t->lower.p + i, text.p, text.len) == 0)
            return true;
    return false;
}

static bool breaks_profile(const struct trial *t)
{
    static const char *const paths[] = { "username",    "email",          "name.given",
                                         "name.family", "name.formatted", "nickname",
                                         "mobilePhone", "primaryPhone",   "address.postalCode" };

    if (!t->policy->no_profile_data)
        return false;
    for (size_t i = 0; i < LENGTH(paths); i++)
        if (holds(t, json_path_str(t->user, paths[i])))
            return true;
    return false;
}

static const struct {
    const char *member, *sentence;
    bool (*breaks)(const struct trial *t);
} rules[] = {
    { "length", "The password is too short or too long.", breaks_length },
    { "minCharacters", "The password does not have enough characters of each required kind.",
      breaks_classes },
    { "minUniqueCharacters", "The password does not have enough different characters.", breaks_unique },
    { "maxRepeatedCharacters", "The password repeats a character too often.", breaks_repeated },
    { "excludesCommonlyUsed", "The password is one of those commonly used.", breaks_common },
    { "excludesProfileData", "The password contains data of the user's profile.", breaks_profile },
};

enum err password_policy_check(struct arena *a, const struct password_policy *p, struct str password,
                               const struct json *user, struct str *ret)
{
    struct trial t = { .policy = p, .password = password, .user = user };
    struct buf sentences = buf_make(a, BUF_NO_LIMIT), names = buf_make(a, BUF_NO_LIMIT);
    char *lower = arena_secret(a, password.len + 1);
    struct str list;

    if (!lower)
        return NO_MEMORY;
    for (size_t i = 0; i < password.len; i++)
        lower[i] = (char)tolower((unsigned char)password.p[i]);
    t.lower = (struct str){ lower, password.len };
    json_open(&names, '[');
    for (size_t i = 0; i < LENGTH(rules); i++) {
        if (!rules[i].breaks(&t))
            continue;
        json_add_str(&sentences, rules[i].member, str_from(rules[i].sentence));
        json_add_str(&names, NULL, str_from(rules[i].member));
    }
    json_close(&names, ']');
    *ret = STR_NONE;
    if (!sentences.len)
        return OK;
    TRY(buf_finish(&names, &list));
    json_add_raw(&sentences, "unsatisfiedRequirements", list);
    return buf_finish(&sentences, ret);
}
