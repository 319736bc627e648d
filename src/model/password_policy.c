/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of password policies, one function each, in a table. */
#include "model/password_policy.h"

#include "base/embedded.h"
#include "base/suggest.h"

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
        .min_complexity = number(d, "minComplexity", 0),
        .alphabet_max = number(d, "alphabetSequenceRule.maxLength", 0),
        .number_max = number(d, "numberSequenceRule.maxLength", 0),
        .qwerty_max = number(d, "qwertySequenceRule.maxLength", 0),
        .shifted_max = number(d, "shiftedNumberRowSequenceRule.maxLength", 0),
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
    struct str password, lower, current;
    const struct json *user;
};

static bool breaks_length(const struct trial *t)
{
    int64_t n = (int64_t)str_characters(t->password);

    return n < t->policy->length_min || n > t->policy->length_max;
}

static bool breaks_repeated(const struct trial *t)
{
    struct str rest = t->password, c, before = STR_NONE;
    int64_t run = 0;

    while (t->policy->max_repeated && str_next_character(&rest, &c)) {
        run = str_eq(c, before) ? run + 1 : 1;
        if (run > t->policy->max_repeated)
            return true;
        before = c;
    }
    return false;
}

static bool has_character(struct str s, struct str wanted)
{
    struct str c;

    while (str_next_character(&s, &c))
        if (str_eq(c, wanted))
            return true;
    return false;
}

static bool breaks_unique(const struct trial *t)
{
    struct str rest = t->password, c;
    int64_t n = 0;

    while (n < t->policy->min_unique && str_next_character(&rest, &c))
        n += !has_character(rest, c); /* the last of its kind counts */
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

/* Edits of one letter that a new password has to be away from the one it replaces. */
enum { DISTANCE_MIN = 3 };

static bool breaks_similarity(const struct trial *t)
{
    if (!t->policy->not_similar || str_is_none(t->current))
        return false;
    return edit_distance(t->password, t->current) < DISTANCE_MIN;
}

/* Whether more than `most` letters stand beside each other as they do in one of the rows, in either
 * direction. */
static bool follows(const struct trial *t, int64_t most, const char *const *rows)
{
    for (; most && *rows; rows++) {
        struct str row = str_from(*rows);
        size_t before = row.len;
        int64_t up = 1, down = 1;

        for (size_t i = 0; i < t->lower.len; i++) {
            size_t at = str_index(row, t->lower.p[i]);
            bool in = at < row.len && before < row.len;

            up = in && at == before + 1 ? up + 1 : 1;
            down = in && at + 1 == before ? down + 1 : 1;
            if (up > most || down > most)
                return true;
            before = at;
        }
    }
    return false;
}

static bool breaks_alphabet(const struct trial *t)
{
    static const char *const rows[] = { "abcdefghijklmnopqrstuvwxyz", NULL };

    return follows(t, t->policy->alphabet_max, rows);
}

static bool breaks_numbers(const struct trial *t)
{
    static const char *const rows[] = { "0123456789", NULL };

    return follows(t, t->policy->number_max, rows);
}

static bool breaks_qwerty(const struct trial *t)
{
    static const char *const rows[] = { "qwertyuiop", "asdfghjkl", "zxcvbnm", NULL };

    return follows(t, t->policy->qwerty_max, rows);
}

static bool breaks_shifted(const struct trial *t)
{
    static const char *const rows[] = { "!@#$%^&*()", NULL };

    return follows(t, t->policy->shifted_max, rows);
}

/* How many letters there are of the kinds that the password has: lower and upper case, digits, others. */
static double alphabet_of(struct str password)
{
    bool lower = false, upper = false, digit = false, other = false;

    for (size_t i = 0; i < password.len; i++) {
        unsigned char c = (unsigned char)password.p[i];

        lower |= islower(c) != 0;
        upper |= isupper(c) != 0;
        digit |= isdigit(c) != 0;
        other |= !isalnum(c);
    }
    return 26 * lower + 26 * upper + 10 * digit + 33 * other;
}

/* The haystack that holds the password: all texts of its letters' kinds up to its length. How many of them an
 * attacker tries a second is our assumption. */
static bool breaks_complexity(const struct trial *t)
{
    const double tries_a_day = 1e10 * 86400;
    double letters = alphabet_of(t->password), texts = 0;

    for (size_t i = 0; i < t->password.len && texts < 1e300; i++)
        texts = (texts + 1) * letters;
    return texts < (double)t->policy->min_complexity * tries_a_day;
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
    { "minComplexity", "The password could be found by trying all of its kind.", breaks_complexity },
    { "alphabetSequenceRule", "The password has too long a sequence of the alphabet.", breaks_alphabet },
    { "numberSequenceRule", "The password has too long a sequence of numbers.", breaks_numbers },
    { "qwertySequenceRule", "The password has too long a sequence of neighbouring keys.", breaks_qwerty },
    { "shiftedNumberRowSequenceRule", "The password has too long a sequence of the shifted number row.",
      breaks_shifted },
    { "notSimilarToCurrent", "The password is too much like the current one.", breaks_similarity },
    { "excludesCommonlyUsed", "The password is one of those commonly used.", breaks_common },
    { "excludesProfileData", "The password contains data of the user's profile.", breaks_profile },
};

enum err password_policy_check(struct arena *a, const struct password_policy *p, struct str password,
                               const struct json *user, struct str current, struct str *ret)
{
    struct trial t = { .policy = p, .password = password, .current = current, .user = user };
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
    if (!sentences.len && sentences.err == OK)
        return OK;
    TRY(buf_finish(&names, &list));
    json_add_raw(&sentences, "unsatisfiedRequirements", list);
    return buf_finish(&sentences, ret);
}
