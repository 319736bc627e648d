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

static void fail_with_status(struct http_request *rq, struct http_response *rs)
{
    rs->status = rq->problem.status;
}

/* A listener yet to start, and two certificates that it may show. */
struct fixture {
    struct running plain;
    struct certified one, other;
    struct http_tls tls;
    struct http_options options;
    struct http_server *server;
};

static void prepare(struct fixture *f)
{
    *f = (struct fixture){ .plain = wire_start(10, NULL) };
    f->options = (struct http_options){
        .address = "127.0.0.1", .tls = &f->tls, .router = f->plain.router, .threads = 1
    };
    make(&f->one);
    make(&f->other);
}

TEST(tls, refuses_a_key_that_is_not_the_certificates)
{
    struct fixture f;

    prepare(&f);
    f.tls = (struct http_tls){ f.one.certificate_pem, f.other.key_pem };
    assert_err(http_server_start(&f.options, &f.server), INVALID);
    f.tls = (struct http_tls){ STR("no certificate"), f.one.key_pem };
    assert_err(http_server_start(&f.options, &f.server), INVALID);
    wire_stop(&f.plain);
}

/* They are no C strings: what stands behind them is not theirs. */
TEST(tls, takes_texts_by_their_length)
{
    struct fixture f;
    char *key;

    prepare(&f);
    key = malloc(f.one.key_pem.len); /* its end is where the sanitizer looks */
    assert_non_null(key);
    memcpy(key, f.one.key_pem.p, f.one.key_pem.len);
    f.tls = (struct http_tls){ f.one.certificate_pem, { key, f.one.key_pem.len } };
    assert_ok(http_server_start(&f.options, &f.server));
    http_server_stop(f.server);
    free(key);
    wire_stop(&f.plain);
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
    struct fixture f;

    prepare(&f);
    f.tls = (struct http_tls){ f.one.certificate_pem, f.one.key_pem };
    assert_ok(http_server_start(&f.options, &f.server));
    assert_true(shows(f.server, &f.one));
    f.tls = (struct http_tls){ f.other.certificate_pem, f.one.key_pem };
    assert_err(http_tls_use(&f.tls), INVALID);
    assert_true(shows(f.server, &f.one));
    f.tls = (struct http_tls){ f.other.certificate_pem, f.other.key_pem };
    assert_ok(http_tls_use(&f.tls));
    assert_true(shows(f.server, &f.other));
    http_server_stop(f.server);
    wire_stop(&f.plain);
}

/* What one program says that sends so many MiB in chunks over TLS before it reads. */
TEST(tls, tells_who_sends_far_too_much_why_it_ends)
{
    char command[400], said[256] = "";
    struct fixture f;
    FILE *p;

    prepare(&f);
    f.tls = (struct http_tls){ f.one.certificate_pem, f.one.key_pem };
    f.options.fail = fail_with_status;
    assert_ok(http_server_start(&f.options, &f.server));
    snprintf(command, sizeof(command),
             "head -c 12000000 /dev/zero | curl -sk -o /dev/null -w '%%{http_code} %%header{connection}' -H "
             "'Expect:' "
             "-H 'Transfer-Encoding: chunked' --data-binary @- https://127.0.0.1:%u/work",
             http_server_port(f.server));
    p = popen(command, "r");
    assert_non_null(p);
    (void)!fread(said, 1, sizeof(said) - 1, p);
    pclose(p);
    assert_string_equal(said, "413 close");
    http_server_stop(f.server);
    wire_stop(&f.plain);
}
