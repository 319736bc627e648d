/* SPDX-License-Identifier: Apache-2.0 */
/* What this program is made of, for bug reports: its own version, its commit, its schema, its libraries. */
#include "cli/commands.h"

#include "cli/commit.h"
#include "store/store.h"

#include <gnutls/gnutls.h>
#include <libpq-fe.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <sqlite3.h>
#include <yaml.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <yyjson.h>

static const char *version_yyjson(void)
{
    return YYJSON_VERSION_STRING;
}

static const char *version_openssl(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

static const char *version_gnutls(void)
{
    return gnutls_check_version(NULL);
}

/* 150018 is 15.18. */
static const char *version_libpq(void)
{
    static char text[24];

    snprintf(text, sizeof(text), "%d.%d", PQlibVersion() / 10000, PQlibVersion() % 10000);
    return text;
}

/* PCRE2 says "10.42 2022-12-11": the day is left out. */
static const char *version_pcre2(void)
{
    static char text[64];

    if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) > (int)sizeof(text))
        return "unknown";
    pcre2_config(PCRE2_CONFIG_VERSION, text);
    text[strcspn(text, " ")] = '\0';
    return text;
}

/* As they run now, not as they were when this was built. */
static const struct library {
    const char *name;
    const char *(*version)(void);
} libraries[] = {
    { "GnuTLS", version_gnutls },
    { "libmicrohttpd", MHD_get_version },
    { "libpq", version_libpq },
    { "libsodium", sodium_version_string },
    { "libyaml", yaml_get_version_string },
    { "OpenSSL", version_openssl },
    { "PCRE2", version_pcre2 },
    { "SQLite", sqlite3_libversion },
    { "yyjson", version_yyjson },
};

static enum status version_run(const struct arguments *args UNUSED)
{
    size_t i;

    printf("latchkey %s\n", LATCHKEY_VERSION);
    printf("  %-14s %s\n", "commit", COMMIT);
    printf("  %-14s %d\n", "schema", store_schema_version());
    for (i = 0; i < LENGTH(libraries); i++)
        printf("  %-14s %s\n", libraries[i].name, libraries[i].version());
    return STATUS_OK;
}

const struct command command_version = {
    .name = "version",
    .summary = "Show the version, commit, schema and libraries",
    .run = version_run,
};
