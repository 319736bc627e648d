/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is short: each allocation of a start and of requests fails in turn, in whatever thread makes
 * it. What comes of it is an error that is told, never a crash, a leak, a client that waits or a wrong
 * answer.
 */
#include "test.h"

#include "base/log.h"
#include "base/mem.h"
#include "server/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ENVIRONMENT "11111111-1111-4111-8111-111111111111"
#define CLIENT      "22222222-2222-4222-8222-222222222222"
#define V1          "/v1/environments/" ENVIRONMENT
#define JSON_TYPE   "Content-Type: application/json\r\n"
#define FORM_TYPE   "Content-Type: application/x-www-form-urlencoded\r\n"

enum { ROUNDS_MAX = 5000, ANSWER_MAX = 256 * 1024 };

static char folder[] = "/tmp/latchkey-memory-XXXXXX";

static void empty_folder(void)
{
    DIR *d = opendir(folder);
    char path[512];

    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            assert_int_equal(unlink(path), 0);
    }
    closedir(d);
}

static void make_folder(void)
{
    log_setup(LOG_TEXT, LOG_ERROR + 1);
    assert_non_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    empty_folder();
    assert_int_equal(rmdir(folder), 0);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

static enum err start(struct server_fault *fault, struct server **ret)
{
    struct seeds seeds = { .client_secret = STR("memory-secret-of-the-client"),
                           .admin_username = STR("admin"),
                           .admin_password = STR("memory-password-1") };
    struct server_options options = { .data = folder, .http = { "127.0.0.1", 0 }, .seeds = &seeds };

    assert_ok(uuid_parse(STR(ENVIRONMENT), &seeds.environment));
    assert_ok(uuid_parse(STR(CLIENT), &seeds.client));
    return server_start(&options, fault, ret);
}

/* Start with the n-th allocation failing. -> whether there was an n-th */
static bool start_without(unsigned long n)
{
    struct server *s = NULL;
    struct server_fault fault = { 0 };
    enum err e;
    bool failed;

    mem_fail_at(n);
    e = start(&fault, &s);
    failed = mem_count() >= n;
    mem_fail_at(0);
    if (e == OK)
        server_stop(s);
    else
        assert_true(fault.message[0]);
    assert_true(e == OK || failed);
    return failed;
}

static void start_in_all_ways(bool filled)
{
    struct server_fault fault;
    struct server *s;
    unsigned long n = 1;

    make_folder();
    if (filled) {
        assert_ok(start(&fault, &s));
        server_stop(s);
    }
    while (n < ROUNDS_MAX && start_without(n)) {
        if (!filled)
            empty_folder();
        n++;
    }
    assert_in_range(n, 10, ROUNDS_MAX - 1);
    assert_ok(start(&fault, &s)); /* nothing is left that could keep it from starting */
    server_stop(s);
    remove_folder();
}

TEST(memory, lacks_while_a_store_is_made_and_filled)
{
    start_in_all_ways(false);
}

TEST(memory, lacks_while_a_server_starts)
{
    start_in_all_ways(true);
}

/* What requests are made of: names behind @ in their templates. */
struct known {
    struct server *server;
    char token[4096], user[64], application[64], made[64];
    unsigned round;
};

/* The value of the first member of that name in a JSON text; "" when there is none. */
static void find_member(const char *text, const char *name, size_t size, char *ret)
{
    char key[64];
    const char *at;

    snprintf(key, sizeof(key), "\"%s\":\"", name);
    at = strstr(text, key);
    at = at ? at + strlen(key) : "";
    snprintf(ret, size, "%.*s", (int)strcspn(at, "\""), at);
}

/* Put what is known in the places of @token, @user, @application, @made (by the request before) and @round.
 */
static void fill_in(const struct known *k, const char *template, size_t size, char *ret)
{
    char round[16];
    const struct {
        const char *name, *value;
    } words[] = { { "@token", k->token },
                  { "@user", k->user },
                  { "@application", k->application },
                  { "@made", k->made },
                  { "@round", round } };
    size_t at = 0;

    snprintf(round, sizeof(round), "%u", k->round);
    while (*template) {
        const char *value = NULL;

        for (size_t i = 0; i < LENGTH(words) && !value; i++)
            if (strncmp(template, words[i].name, strlen(words[i].name)) == 0) {
                value = words[i].value;
                template += strlen(words[i].name);
            }
        if (value)
            at += (size_t)snprintf(ret + at, size - at, "%s", value);
        else
            ret[at++] = *template ++;
    }
    ret[at] = '\0';
}

/* "METHOD TARGET", header fields, body. */
struct asked {
    const char *line, *fields, *body;
};

static int dial(const struct known *k)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(server_addresses(k->server)->http_port) };
    const struct timeval patience = { .tv_sec = 30 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static void send_request(const struct known *k, int fd, const struct asked *q)
{
    static char text[16 * 1024], line[8 * 1024], fields[8 * 1024], body[8 * 1024];
    ssize_t length;

    fill_in(k, q->line, sizeof(line), line);
    fill_in(k, q->fields ? q->fields : "", sizeof(fields), fields);
    fill_in(k, q->body ? q->body : "", sizeof(body), body);
    length =
        snprintf(text, sizeof(text),
                 "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
                 line, fields, strlen(body), body);
    (void)!send(fd, text, (size_t)length, MSG_NOSIGNAL); /* it may be closed already */
}

/* -> the status; 0: the connection was closed without an answer */
static int ask(struct known *k, const struct asked *q, char *ret)
{
    int fd = dial(k), status = 0;
    size_t n = 0;
    ssize_t got;

    send_request(k, fd, q);
    while ((got = recv(fd, ret + n, ANSWER_MAX - 1 - n, 0)) > 0)
        n += (size_t)got;
    assert_true(got == 0 || errno == ECONNRESET); /* else nobody answered in all that time */
    ret[n] = '\0';
    close(fd);
    if (n)
        assert_int_equal(sscanf(ret, "HTTP/1.1 %d", &status), 1);
    return status;
}

#define BEARER "Authorization: Bearer @token\r\n"
#define WORKER "Authorization: Basic " WORKER_BASIC "\r\n"
/* the client's id and secret */
#define WORKER_BASIC                                                                                         \
    "MjIyMjIyMjItMjIyMi00MjIyLTgyMjItMjIyMjIyMjIyMjIyOm1lbW9yeS1zZWNyZXQtb2YtdGhlLWNsaWVudA=="
#define AUTHORIZE                                                                                            \
    "GET /" ENVIRONMENT "/as/authorize?response_type=code&client_id=@application&"                           \
    "redirect_uri=https%3A%2F%2Fclient.example%2Fcb&scope=openid"

static const struct case_ {
    struct asked before; /* makes the object whose id is @made */
    struct asked asked;
    int status;
} cases[] = {
    { .asked = { "POST /as/token", WORKER FORM_TYPE, "grant_type=client_credentials" }, .status = 200 },
    { .asked = { "POST /" ENVIRONMENT "/as/introspect", WORKER FORM_TYPE, "token=@token" }, .status = 200 },
    { .asked = { "GET /" ENVIRONMENT "/as/jwks" }, .status = 200 },
    { .asked = { "GET /" ENVIRONMENT "/as/.well-known/openid-configuration" }, .status = 200 },
    { .asked = { "GET " V1, BEARER }, .status = 200 },
    { .asked = { "GET " V1 "/users/@user", BEARER }, .status = 200 },
    { .asked = { "GET " V1 "/users?filter=username%20sw%20%22m%22", BEARER }, .status = 200 },
    { .asked = { "GET " V1 "/nothing", BEARER }, .status = 404 },
    { .asked = { "POST " V1 "/users", BEARER JSON_TYPE, "{\"username\":" }, .status = 400 },
    { .asked = { "POST " V1 "/users", BEARER JSON_TYPE,
                 "{\"username\":\"made-@round\",\"email\":\"m@example.com\",\"name\":{\"given\":\"M\"}}" },
      .status = 201 },
    { .asked = { "PUT " V1 "/users/@user", BEARER JSON_TYPE,
                 "{\"username\":\"memory\",\"email\":\"@round@example.com\"}" },
      .status = 200 },
    { .asked = { "PATCH " V1 "/users/@user", BEARER JSON_TYPE, "{\"nickname\":\"n@round\"}" },
      .status = 200 },
    { .asked = { "PUT " V1 "/users/@user/password",
                 BEARER "Content-Type: application/vnd.pingidentity.password.set+json\r\n",
                 "{\"value\":\"Tr1cky-word-@round\"}" },
      .status = 200 },
    { .before = { "POST " V1 "/populations", BEARER JSON_TYPE, "{\"name\":\"p@round\"}" },
      .asked = { "DELETE " V1 "/populations/@made", BEARER },
      .status = 204 },
    { .asked = { "POST " V1 "/applications", BEARER JSON_TYPE,
                 "{\"name\":\"a@round\",\"enabled\":true,\"type\":\"WORKER\",\"protocol\":\"OPENID_CONNECT\","
                 "\"grantTypes\":[\"CLIENT_CREDENTIALS\"],\"tokenEndpointAuthMethod\":\"CLIENT_SECRET_"
                 "BASIC\"}" },
      .status = 201 },
    { .before = { "POST " V1 "/applications", BEARER JSON_TYPE,
                  "{\"name\":\"b@round\",\"enabled\":true,\"type\":\"WORKER\",\"protocol\":\"OPENID_"
                  "CONNECT\","
                  "\"grantTypes\":[\"CLIENT_CREDENTIALS\"],\"tokenEndpointAuthMethod\":\"CLIENT_SECRET_"
                  "BASIC\"}" },
      .asked = { "POST " V1 "/applications/@made/secret", BEARER JSON_TYPE, "{}" },
      .status = 200 },
    { .asked = { "POST /v1/environments", BEARER JSON_TYPE,
                 "{\"name\":\"e@round\",\"region\":\"EU\",\"type\":\"SANDBOX\"}" },
      .status = 201 },
    { .asked = { AUTHORIZE }, .status = 302 },
    { .asked = { AUTHORIZE "&response_mode=pi.flow" }, .status = 200 },
    { .before = { AUTHORIZE "&response_mode=pi.flow" },
      .asked = { "POST /" ENVIRONMENT "/flows/@made",
                 "Content-Type: application/vnd.pingidentity.usernamePassword.check+json\r\n",
                 "{\"username\":\"admin\",\"password\":\"memory-password-1\"}" },
      .status = 200 },
};

/* A token, or the id of what was made: the end of its own link. */
static void learn(struct known *k, const struct asked *q, const char *member, size_t size, char *ret)
{
    static char answer[ANSWER_MAX], value[4096];

    ask(k, q, answer);
    find_member(answer, member, sizeof(value), value);
    if (!value[0])
        print_error("%s: %s\n", q->line, answer);
    assert_true(value[0]);
    snprintf(ret, size, "%s", strrchr(value, '/') ? strrchr(value, '/') + 1 : value);
}

/* -> whether there was an n-th allocation */
static bool ask_without(struct known *k, const struct case_ *c, unsigned long n)
{
    static char answer[ANSWER_MAX];
    bool failed;
    int status;

    k->round++;
    if (c->before.line)
        learn(k, &c->before, "href", sizeof(k->made), k->made);
    mem_fail_at(n);
    status = ask(k, &c->asked, answer);
    failed = mem_count() >= n;
    mem_fail_at(0);
    if (status == c->status || (failed && (status == 0 || status == 500 || status == 503)))
        return failed;
    print_error("%s, allocation %lu failed: %s\n", c->asked.line, n, answer);
    fail();
    return false;
}

static void know(struct known *k)
{
    static const struct asked
        token = { "POST /as/token", WORKER FORM_TYPE, "grant_type=client_credentials" },
        user = { "POST " V1 "/users", BEARER JSON_TYPE,
                 "{\"username\":\"memory\",\"email\":\"m@example.com\"}" },
        application = { "POST " V1 "/applications", BEARER JSON_TYPE,
                        "{\"name\":\"web\",\"enabled\":true,\"type\":\"WEB_APP\",\"protocol\":"
                        "\"OPENID_CONNECT\",\"grantTypes\":[\"AUTHORIZATION_CODE\"],\"responseTypes\":"
                        "[\"CODE\"],\"redirectUris\":[\"https://client.example/cb\"],"
                        "\"tokenEndpointAuthMethod\":\"CLIENT_SECRET_BASIC\"}" };

    learn(k, &token, "access_token", sizeof(k->token), k->token);
    learn(k, &user, "href", sizeof(k->user), k->user);
    learn(k, &application, "href", sizeof(k->application), k->application);
}

TEST(memory, lacks_while_requests_are_answered)
{
    struct server_fault fault;
    struct known k = { 0 };

    make_folder();
    assert_ok(start(&fault, &k.server));
    know(&k);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        unsigned long n = 1;

        while (n < ROUNDS_MAX && ask_without(&k, &cases[i], n))
            n++;
        assert_in_range(n, 3, ROUNDS_MAX - 1);
    }
    server_stop(k.server);
    remove_folder();
}
