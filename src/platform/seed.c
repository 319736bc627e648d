/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first objects of an installation. Who they are is kept in one object of the organization's own
 * partition, so that a later start finds them again; the worker's secret is opened from where it is sealed.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "model/application.h"
#include "model/password_pool.h"
#include "model/user.h"
#include "platform/environment.h"
#include "resource/operation.h"

static const struct str installation_type = { "installation", 12 };

struct seeding {
    struct site *site;
    struct arena *arena;
    const struct seeds *seeds;
    struct seeded *result;
    struct str password_part; /* the administrator's, hashed before the transaction */
    struct str client_part;
    bool recovering; /* beside what is there */
    struct http_request request;
};

static struct uuid or_new(struct uuid id)
{
    return uuid_is_nil(id) ? uuid_v7() : id;
}

/* All features on; see the reference on licences. */
static enum err create_license(struct change *c, struct uuid id, const char *name)
{
    char begins[CLOCK_TEXT_SIZE], expires[CLOCK_TEXT_SIZE];
    struct str text;

    clock_format(c->now_ms - INT64_C(86400000), begins);
    clock_format(c->now_ms + INT64_C(3650) * 86400000, expires);
    TRY(str_printf(
        tx_arena(c->tx), &text,
        "{\"name\":\"%s\",\"package\":\"%s\",\"status\":\"ACTIVE\",\"beginsAt\":\"%s\",\"expiresAt\":\"%s\","
        "\"advancedServices\":{\"pingId\":{\"included\":true,\"type\":\"FULL\"}},"
        "\"authorize\":{\"allowApiAccessManagement\":true,\"allowDynamicAuthorization\":true},"
        "\"credentials\":{\"allowCredentials\":true},"
        "\"environments\":{\"allowAddResources\":true,\"allowConnections\":true,\"allowCustomDomain\":true,"
        "\"allowCustomSchema\":true,\"allowProduction\":true,\"max\":1000,"
        "\"regions\":[\"NORTH_AMERICA\",\"CA\",\"EU\",\"AU\",\"SG\",\"AP\"]},"
        "\"fraud\":{\"allowBotMaliciousDeviceDetection\":true,\"allowAccountProtection\":true},"
        "\"gateways\":{\"allowLdapGateway\":true,\"allowKerberosGateway\":true,\"allowRadiusGateway\":true},"
        "\"intelligence\":{\"allowGeoVelocity\":true,\"allowAnonymousNetworkDetection\":true,"
        "\"allowReputation\":true,"
        "\"allowDataConsent\":true,\"allowRisk\":true,\"allowAdvancedPredictors\":true},"
        "\"mfa\":{\"allowPushNotification\":true,\"allowNotificationOutsideWhitelist\":true,"
        "\"allowFido2Devices\":true,"
        "\"allowVoiceOtp\":true,\"allowEmailOtp\":true,\"allowSmsOtp\":true,\"allowTotp\":true},"
        "\"orchestrate\":{\"allowOrchestration\":true},"
        "\"users\":{\"allowPasswordManagementNotifications\":true,\"allowIdentityProviders\":true,"
        "\"allowMyAccount\":true,\"allowPasswordManagement\":true,\"allowPasswordOnlyAuthentication\":true,"
        "\"allowPasswordPolicy\":true,\"allowProvisioning\":true,\"allowInboundProvisioning\":true,"
        "\"allowRoleAssignment\":true,\"allowVerificationFlow\":true,\"allowUpdateSelf\":true,"
        "\"entitledToSupport\":true,\"max\":10000000,\"hardLimitMax\":11000000,\"annualActiveIncluded\":"
        "10000000,"
        "\"monthlyActiveIncluded\":10000000},"
        "\"verify\":{\"allowPushNotifications\":true,\"allowDocumentMatch\":true,\"allowFaceMatch\":true,"
        "\"allowManualIdInspection\":false,\"allowAadhaar\":true,\"allowAadhaarVerification\":true}}",
        name, name, begins, expires));
    return create_along(c, "license", c->site->organization, id, text);
}

static enum err create_organization(struct change *c)
{
    char billing[UUID_TEXT_LENGTH + 1];
    struct str text;

    uuid_format(uuid_v7(), billing);
    TRY(str_printf(tx_arena(c->tx), &text,
                   "{\"name\":\"Latchkey\",\"description\":\"This installation.\",\"type\":\"INTERNAL\","
                   "\"billingConnections\":[{\"id\":\"%s\"}]}",
                   billing));
    TRY(create_along(c, "organization", (struct uuid){ { 0 } }, c->site->organization, text));
    TRY(create_license(c, c->site->license, "INTERNAL"));
    return create_license(c, uuid_v7(), "ADMIN");
}

/* At the organization where the role may be held there, else over the Administrators environment; whoever
 * creates an environment gets the others there (reference: roles). */
static enum err give_roles(struct change *c, const char *type, struct uuid holder)
{
    static const char *const names[] = { "Organization Admin",     "Environment Admin",
                                         "Identity Data Admin",    "Client Application Developer",
                                         "Custom Roles Admin",     "Configuration Read Only",
                                         "Identity Data Read Only" };

    for (size_t i = 0; i < LENGTH(names); i++) {
        const struct role *role = roles_named(c->site->roles, str_from(names[i]));
        bool wide = role && role->applicable_to & 1u << SCOPE_ORGANIZATION;
        char id[UUID_TEXT_LENGTH + 1], scope[UUID_TEXT_LENGTH + 1];
        struct str text;

        if (!role)
            return CORRUPT;
        uuid_format(role->id, id);
        uuid_format(wide ? c->site->organization : c->environment, scope);
        TRY(str_printf(tx_arena(c->tx), &text,
                       "{\"role\":{\"id\":\"%s\"},\"scope\":{\"id\":\"%s\",\"type\":\"%s\"}}", id, scope,
                       role_scope_name(wide ? SCOPE_ORGANIZATION : SCOPE_ENVIRONMENT)));
        TRY(create_along(c, type, holder, (struct uuid){ { 0 } }, text));
    }
    return OK;
}

static enum err create_with_secret(struct change *cause, const char *type, struct uuid id, struct str text,
                                   struct str secret)
{
    struct change c = {
        .rq = cause->rq,
        .site = cause->site,
        .registry = cause->registry,
        .tx = cause->tx,
        .operation = OPERATION_CREATE,
        .environment = cause->environment,
        .id = id,
        .now_ms = cause->now_ms,
        .seeding = true,
        .secret = secret,
    };

    c.type = registry_find(cause->registry, str_from(type));
    TRY(json_parse(tx_arena(cause->tx), text, NULL, &c.body));
    return operation_create_within(&c);
}

#define WORKER(name)                                                                                         \
    "{\"name\":\"" name "\",\"description\":\"Holds all rights over this installation.\",\"enabled\":true,"  \
    "\"type\":\"WORKER\",\"protocol\":\"OPENID_CONNECT\",\"grantTypes\":[\"CLIENT_CREDENTIALS\"],"           \
    "\"tokenEndpointAuthMethod\":\"CLIENT_SECRET_BASIC\"}"

/* The administrator's document. */
static enum err write_admin(struct arena *a, struct str username, struct str *ret)
{
    struct buf b = buf_make(a, BUF_NO_LIMIT);

    json_open(&b, '{');
    json_add_str(&b, "username", username);
    json_add_str(&b, "email", STR("admin@example.com"));
    json_add_raw(&b, "name", STR("{\"given\":\"Admin\"}"));
    json_close(&b, '}');
    return buf_finish(&b, ret);
}

static enum err create_people(struct change *c, struct seeding *s)
{
    struct seeded *r = s->result;
    struct uuid admin = uuid_v7();
    struct str text;

    TRY(create_with_secret(c, "application", r->client,
                           s->recovering ? STR(WORKER("Recovery worker")) : STR(WORKER("Worker")),
                           s->client_part));
    TRY(give_roles(c, "applicationRoleAssignment", r->client));
    TRY(write_admin(tx_arena(c->tx), r->admin_username, &text));
    TRY(create_with_secret(c, "user", admin, text, s->password_part));
    return give_roles(c, "userRoleAssignment", admin);
}

static enum err create_environment(struct change *c, struct uuid id)
{
    char license[UUID_TEXT_LENGTH + 1];
    struct str text;

    uuid_format(c->site->license, license);
    TRY(str_printf(
        tx_arena(c->tx), &text,
        "{\"name\":\"Administrators\",\"region\":\"EU\",\"type\":\"PRODUCTION\",\"license\":{\"id\":\"%s\"}}",
        license));
    return create_along(c, "environment", (struct uuid){ { 0 } }, id, text);
}

/* The names of what was made; secrets lie elsewhere, but for a development server's administrator's password,
 * sealed here. In production the sealed text is empty: it still shows with which key. */
static enum err remember(struct change *c, struct seeding *s)
{
    const struct seeded *r = s->result;
    struct object o = { .type = installation_type };
    struct buf b = buf_make(tx_arena(c->tx), BUF_NO_LIMIT);
    struct str label;

    json_open(&b, '{');
    json_add_id(&b, "organization", r->organization);
    json_add_id(&b, "license", r->license);
    json_add_id(&b, "environment", r->environment);
    json_add_id(&b, "client", r->client);
    json_add_str(&b, "adminUsername", r->admin_username);
    if (r->production)
        json_add_bool(&b, "production", true);
    json_close(&b, '}');
    TRY(buf_finish(&b, &o.document));
    TRY(secretbox_label(tx_arena(c->tx), o.environment, o.type, o.id, "adminPassword", &label));
    TRY(secretbox_seal(tx_arena(c->tx), &s->site->master_key, label,
                       r->production ? STR("") : r->admin_password, &o.secret));
    return tx_insert(c->tx, &o);
}

/* A default object that its own schema refuses is our fault: name it. */
static enum err tell(const struct http_request *rq, enum err e)
{
    const struct problem_detail *d = rq->problem.details;

    if (e == FAILED && rq->problem.details_n)
        log_event(LOG_ERROR, "seeding failed", { "target", d->target }, { "message", d->message },
                  { "inner", d->inner });
    return e;
}

/* By no caller: the request is only where problems are told. */
static struct change seeding_change(struct seeding *s, struct tx *tx)
{
    s->request = (struct http_request){ .arena = s->arena,
                                        .correlation_id = STR("00000000-0000-0000-0000-000000000000") };
    return (struct change){ .rq = &s->request,
                            .site = s->site,
                            .registry = s->site->registry,
                            .tx = tx,
                            .now_ms = clock_now_ms(),
                            .seeding = true };
}

static enum err seed_in(struct tx *tx, void *arg)
{
    struct seeding *s = arg;
    struct change c = seeding_change(s, tx);
    struct object o = { 0 };
    enum err e;

    e = tx_get(tx, s->arena, o.environment, installation_type, o.id, &o);
    if (e != NOT_FOUND)
        return e == OK ? CONFLICT : e;
    TRY(tell(c.rq, create_organization(&c)));
    TRY(tell(c.rq, create_environment(&c, s->result->environment)));
    c.environment = s->result->environment;
    TRY(tell(c.rq, create_people(&c, s)));
    return remember(&c, s);
}

static enum err make_client_part(struct seeding *s)
{
    struct object o = { .environment = s->result->environment,
                        .type = STR("application"),
                        .id = s->result->client };
    struct str label, sealed;

    TRY(secretbox_label(s->arena, o.environment, o.type, o.id, "secret", &label));
    TRY(secretbox_seal(s->arena, &s->site->master_key, label, s->result->client_secret, &sealed));
    return str_printf(s->arena, &s->client_part, "{\"secret\":\"%.*s\"}", STR_FMT(sealed));
}

static enum err or_random(struct arena *a, struct str fixed, struct str *ret)
{
    if (!fixed.len)
        return random_text(a, 36, ret);
    *ret = fixed;
    return OK;
}

/* Whatever is not fixed is drawn. */
static enum err make_secrets(struct seeding *s)
{
    const struct seeds *fixed = s->seeds;
    struct seeded *r = s->result;
    struct password_state none = { 0 };

    r->admin_username = fixed->admin_username.len ? fixed->admin_username : STR("admin");
    TRY(or_random(s->arena, fixed->client_secret, &r->client_secret));
    TRY(or_random(s->arena, fixed->admin_password, &r->admin_password));
    TRY(password_make(s->site, s->arena, &none, r->environment, r->admin_password, false, &s->password_part));
    return make_client_part(s);
}

static enum err seed_new(struct seeding *s)
{
    const struct seeds *fixed = s->seeds;
    struct seeded *r = s->result;

    r->organization = or_new(fixed->organization);
    r->license = or_new(fixed->license);
    r->environment = or_new(fixed->environment);
    r->client = or_new(fixed->client);
    r->production = fixed->production;
    s->site->organization = r->organization;
    s->site->license = r->license;
    s->site->administrators = r->environment;
    TRY(make_secrets(s));
    return store_write(s->site->store, seed_in, s);
}

static enum err read_seeded(struct seeding *s, struct tx *tx, const struct object *o)
{
    struct seeded *r = s->result;
    struct client_secret secret;
    const struct json *d;
    struct object worker;
    struct str label;

    TRY(json_parse_stored(s->arena, o->document, &d));
    if (uuid_parse(json_path_str(d, "organization"), &r->organization) != OK ||
        uuid_parse(json_path_str(d, "license"), &r->license) != OK ||
        uuid_parse(json_path_str(d, "environment"), &r->environment) != OK ||
        uuid_parse(json_path_str(d, "client"), &r->client) != OK)
        return CORRUPT;
    s->site->organization = r->organization;
    s->site->license = r->license;
    s->site->administrators = r->environment;
    r->admin_username = json_path_str(d, "adminUsername");
    r->production = json_is_true(json_get(d, "production"));
    TRY(secretbox_label(s->arena, o->environment, o->type, o->id, "adminPassword", &label));
    TRY(secretbox_open(s->arena, &s->site->master_key, label, o->secret, &r->admin_password));
    if (r->production)
        return OK;
    TRY(tx_get(tx, s->arena, r->environment, STR("application"), r->client, &worker));
    TRY(client_secret_open(s->site, s->arena, &worker, &secret));
    r->client_secret = secret.value;
    return OK;
}

static enum err read_installation(struct seeding *s)
{
    struct object o;
    struct tx *tx;
    enum err e;

    TRY(store_read_begin(s->site->store, s->arena, &tx));
    e = tx_get(tx, s->arena, (struct uuid){ { 0 } }, installation_type, (struct uuid){ { 0 } }, &o);
    if (e == OK)
        e = read_seeded(s, tx, &o);
    tx_end(tx);
    return e;
}

enum err platform_read(struct site *site, struct arena *a, struct seeded *ret)
{
    struct seeding s = { .site = site, .arena = a, .result = ret };

    return read_installation(&s);
}

static enum err add_people(struct tx *tx, void *arg)
{
    struct seeding *s = arg;
    struct change c = seeding_change(s, tx);

    c.environment = s->result->environment;
    return create_people(&c, s);
}

enum err platform_recover(struct site *site, struct arena *a, const struct seeds *seeds, struct seeded *ret)
{
    struct seeding s = { .site = site, .arena = a, .seeds = seeds, .result = ret, .recovering = true };

    TRY(read_installation(&s));
    ret->client = uuid_v7();
    TRY(make_secrets(&s));
    return store_write(site->store, add_people, &s);
}

/* Of two nodes that start on one empty store, the second finds what the first has made. */
enum err platform_seed(struct site *site, struct arena *a, const struct seeds *seeds, struct seeded *ret)
{
    struct seeding s = { .site = site, .arena = a, .seeds = seeds, .result = ret };
    enum err e = read_installation(&s);

    if (e == NOT_FOUND)
        e = seed_new(&s);
    return e == CONFLICT ? read_installation(&s) : e;
}
