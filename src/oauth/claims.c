/* SPDX-License-Identifier: Apache-2.0 */
/* Claims from attribute mappings. */
#include "oauth/claims.h"

#include "base/clock.h"
#include "resource/schema.h"

/* Standard claims and the scope that opens them (OpenID Connect Core 5.4). */
static const struct {
    const char *claim, *scope;
} standard[] = {
    { "name", "profile" },         { "family_name", "profile" }, { "given_name", "profile" },
    { "middle_name", "profile" },  { "nickname", "profile" },    { "preferred_username", "profile" },
    { "profile", "profile" },      { "picture", "profile" },     { "website", "profile" },
    { "gender", "profile" },       { "birthdate", "profile" },   { "zoneinfo", "profile" },
    { "locale", "profile" },       { "updated_at", "profile" },  { "email", "email" },
    { "email_verified", "email" }, { "phone_number", "phone" },  { "phone_number_verified", "phone" },
};

static const char *scope_of(struct str claim)
{
    if (str_starts(claim, STR("address.")))
        return "address";
    for (size_t i = 0; i < LENGTH(standard); i++)
        if (str_is(claim, standard[i].claim))
            return standard[i].scope;
    return NULL;
}

/* The part of a document that "${user.path}" names; NULL when it is no such template. */
static const struct json *lookup(struct str template, const struct json *user)
{
    static const struct str prefix = { "${user.", 7 };

    if (!str_starts(template, prefix) || !str_ends(template, STR("}")))
        return NULL;
    return document_get(user, str_slice(template, prefix.len, template.len - prefix.len - 1));
}

static bool is_expression(struct str template)
{
    return str_index(template, '$') < template.len || str_index(template, '#') < template.len;
}

/* updated_at is a number of seconds (OpenID Connect Core 5.1). */
static bool write_time_claim(struct buf *b, struct str name, const struct json *value)
{
    int64_t ms;

    if (!str_is(name, "updated_at") || clock_parse(json_str(value), &ms) != OK)
        return false;
    json_key_str(b, name);
    buf_add_int(b, ms / 1000);
    return true;
}

static void write_mapping(struct buf *b, struct str name, struct str template, const struct json *user)
{
    const struct json *value = lookup(template, user);

    if (value && json_kind(value) != JSON_NULL) {
        if (!write_time_claim(b, name, value))
            json_key_str(b, name), json_write(b, value);
    } else if (!is_expression(template)) {
        json_key_str(b, name);
        json_write_str(b, template);
    }
}

static bool is_wanted(const struct attribute_mapping *m, enum claims_for use)
{
    return use == CLAIMS_ID_TOKEN ? m->id_token : m->user_info;
}

static bool is_mapped_by(const struct application *client, struct str name)
{
    for (size_t i = 0; client && i < client->attributes_n; i++)
        if (str_eq(client->attributes[i].name, name))
            return true;
    return false;
}

/* Members of the address claim stand in one object (OpenID Connect Core 5.1.1). */
static void write_address(struct buf *b, const struct resource *openid, enum claims_for use,
                          const struct json *user)
{
    size_t before = b->len, start;

    json_open_member(b, "address", '{');
    start = b->len;
    for (size_t i = 0; i < openid->attributes_n; i++) {
        const struct attribute_mapping *m = &openid->attributes[i];

        if (str_starts(m->name, STR("address.")) && is_wanted(m, use))
            write_mapping(b, str_slice(m->name, 8, m->name.len), m->value, user);
    }
    if (b->len == start)
        b->len = before; /* nothing is known */
    else
        json_close(b, '}');
}

static void write_standard(struct buf *b, enum claims_for use, const struct environment *e,
                           const struct application *client, struct str scope, const struct json *user)
{
    if (!e->openid)
        return;
    for (size_t i = 0; i < e->openid->attributes_n; i++) {
        const struct attribute_mapping *m = &e->openid->attributes[i];
        const char *needed = scope_of(m->name);

        if (!needed || !is_wanted(m, use) || strcmp(needed, "address") == 0 || is_mapped_by(client, m->name))
            continue;
        if (str_list_has(scope, ' ', str_from(needed)))
            write_mapping(b, m->name, m->value, user);
    }
    if (str_list_has(scope, ' ', STR("address")))
        write_address(b, e->openid, use, user);
}

void claims_write(struct buf *b, enum claims_for use, const struct environment *e,
                  const struct application *client, struct str scope, const struct json *user)
{
    write_standard(b, use, e, client, scope, user);
    for (size_t i = 0; i < client->attributes_n; i++)
        if (!str_is(client->attributes[i].name, "sub") && is_wanted(&client->attributes[i], use))
            write_mapping(b, client->attributes[i].name, client->attributes[i].value, user);
}

/* What a token says of itself cannot be mapped over. */
static bool is_reserved(struct str name)
{
    static const char *const names[] = { "sub", "iss",       "aud",    "exp",    "iat", "nbf",
                                         "jti", "client_id", "scope",  "sid",    "env", "org",
                                         "acr", "auth_time", "lk.env", "lk.auth" };

    for (size_t i = 0; i < LENGTH(names); i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

void claims_write_resource(struct buf *b, const struct resource *r, const struct json *user)
{
    for (size_t i = 0; i < r->attributes_n; i++)
        if (!is_reserved(r->attributes[i].name))
            write_mapping(b, r->attributes[i].name, r->attributes[i].value, user);
}
