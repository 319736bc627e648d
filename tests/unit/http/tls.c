/* SPDX-License-Identifier: Apache-2.0 */
/* Starting with a certificate. */
#include "wire.h"

#include "crypto/x509.h"

#include <stdio.h>
#include <stdlib.h>

static void make(struct certified *ret)
{
    static const char *const hosts[] = { "localhost", NULL };
    struct certified authority;

    assert_ok(x509_authority_new(test_arena(), hosts, &authority));
    assert_ok(x509_server_new(test_arena(), &authority, hosts, ret));
}

TEST(tls, refuses_a_key_that_is_not_the_certificates)
{
    struct running plain = wire_start(10, NULL);
    struct certified one, other;
    struct http_tls tls;
    struct http_options o = { .address = "127.0.0.1", .tls = &tls, .router = plain.router, .threads = 1 };
    struct http_server *server;

    make(&one);
    make(&other);
    tls = (struct http_tls){ one.certificate_pem, other.key_pem };
    assert_err(http_server_start(&o, &server), INVALID);
    tls = (struct http_tls){ STR("no certificate"), one.key_pem };
    assert_err(http_server_start(&o, &server), INVALID);
    wire_stop(&plain);
}

/* They are no C strings: what stands behind them is not theirs. */
TEST(tls, takes_texts_by_their_length)
{
    struct running plain = wire_start(10, NULL);
    struct certified mine;
    struct http_tls tls;
    struct http_options o = { .address = "127.0.0.1", .tls = &tls, .router = plain.router, .threads = 1 };
    struct http_server *server;
    char *key;

    make(&mine);
    key = malloc(mine.key_pem.len); /* its end is where the sanitizer looks */
    assert_non_null(key);
    memcpy(key, mine.key_pem.p, mine.key_pem.len);
    tls = (struct http_tls){ mine.certificate_pem, { key, mine.key_pem.len } };
    assert_ok(http_server_start(&o, &server));
    http_server_stop(server);
    free(key);
    wire_stop(&plain);
}

/* What a client that looks at nothing else is shown. */
static bool shows(const struct http_server *server, const struct certified *wanted)
{
    char command[160], shown[4096] = "";
    FILE *f;

    snprintf(command, sizeof(command),
             "openssl s_client -connect 127.0.0.1:%u </dev/null 2>/dev/null | openssl x509 2>/dev/null",
             http_server_port(server));
    f = popen(command, "r");
    assert_non_null(f);
    (void)!fread(shown, 1, sizeof(shown) - 1, f);
    pclose(f);
    return shown[0] && strstr(wanted->certificate_pem.p, shown);
}

TEST(tls, shows_a_new_certificate_without_a_restart_and_never_a_wrong_one)
{
    struct running plain = wire_start(10, NULL);
    struct certified one, other;
    struct http_tls tls;
    struct http_options o = { .address = "127.0.0.1", .tls = &tls, .router = plain.router, .threads = 1 };
    struct http_server *server;

    make(&one);
    make(&other);
    tls = (struct http_tls){ one.certificate_pem, one.key_pem };
    assert_ok(http_server_start(&o, &server));
    assert_true(shows(server, &one));
    tls = (struct http_tls){ other.certificate_pem, one.key_pem };
    assert_err(http_tls_use(&tls), INVALID);
    assert_true(shows(server, &one));
    tls = (struct http_tls){ other.certificate_pem, other.key_pem };
    assert_ok(http_tls_use(&tls));
    assert_true(shows(server, &other));
    http_server_stop(server);
    wire_stop(&plain);
}
