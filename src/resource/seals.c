/* SPDX-License-Identifier: Apache-2.0 */
/* A member that seals something new is a line here; one that is forgotten is found, because what is sealed
 * shows the key it was sealed with. */
#include "resource/seals.h"

#include "json/json.h"

static const struct place {
    const char *type;
    const char *member; /* path in the secret part; NULL: the part is the sealed text */
    const char *label;
    bool optional;
} places[] = {
    { "application", "secret", "secret", false },
    { "application", "previous.secret", "secret", true },
    { "resource", "secret", "secret", false },
    { "resource", "previous.secret", "secret", true },
    { "key", "key", "key", false },
    { "signingKey", NULL, "key", false },
    { "installation", NULL, "adminPassword", false },
};

static enum err fail(struct seals_fault *fault, const char *member, const char *what)
{
    *fault = (struct seals_fault){ member, what };
    return CORRUPT;
}

static enum err open_one(struct arena *a, const struct master_key *k, const struct object *o,
                         const struct place *p, struct str sealed, struct seals_fault *fault)
{
    struct str label, plain;
    enum err e;

    TRY(secretbox_label(a, o->environment, o->type, o->id, p->label, &label));
    e = secretbox_open(a, k, label, sealed, &plain);
    if (e == CORRUPT && !secretbox_is_sealed(a, k, sealed))
        return fail(fault, p->member, "what is sealed was sealed with another master key, or is damaged");
    if (e == CORRUPT)
        return fail(fault, p->member, "what is sealed does not open: it was changed, or belongs elsewhere");
    return e;
}

/* How many texts in a value were sealed with this key. */
static size_t count_sealed(struct arena *a, const struct master_key *k, const struct json *v)
{
    size_t n = 0;

    if (json_kind(v) == JSON_STRING)
        return secretbox_is_sealed(a, k, json_str(v));
    if (json_kind(v) == JSON_OBJECT || json_kind(v) == JSON_ARRAY)
        json_each (m, v)
            n += count_sealed(a, k, m.value);
    return n;
}

static enum err open_whole(struct arena *a, const struct master_key *k, const struct object *o,
                           const struct place *p, struct seals_fault *fault, size_t *ret)
{
    TRY(open_one(a, k, o, p, o->secret, fault));
    *ret = 1;
    return OK;
}

static enum err open_members(struct arena *a, const struct master_key *k, const struct object *o,
                             struct seals_fault *fault, size_t *ret)
{
    const struct json *part;
    size_t n = 0;
    enum err e = json_parse(a, o->secret, NULL, &part);

    if (e != OK)
        return e == NO_MEMORY ? e : fail(fault, NULL, "its secret part is no JSON");
    for (size_t i = 0; i < LENGTH(places); i++) {
        const struct json *v = str_is(o->type, places[i].type) ? json_path(part, places[i].member) : NULL;

        if (!v && (places[i].optional || !str_is(o->type, places[i].type)))
            continue;
        TRY(open_one(a, k, o, &places[i], json_str(v), fault));
        n++;
    }
    if (count_sealed(a, k, part) > n)
        return fail(fault, NULL, "something is sealed at a place that this program does not know");
    *ret = n;
    return OK;
}

enum err seals_open(struct arena *a, const struct master_key *k, const struct object *o,
                    struct seals_fault *fault, size_t *ret)
{
    *ret = 0;
    if (!o->secret.len)
        return OK;
    for (size_t i = 0; i < LENGTH(places); i++)
        if (!places[i].member && str_is(o->type, places[i].type))
            return open_whole(a, k, o, &places[i], fault, ret);
    return open_members(a, k, o, fault, ret);
}
