/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests while memory is short: one of each kind, each allocation failing in turn, in whatever thread makes
 * it. What comes of it is an error in the form of the API that was asked, or the right answer where it could
 * do without; a connection is closed when there is no memory for an answer at all. Never a crash, a leak, a
 * client that waits, or an answer that blames the client.
 */
#include "memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define V1        "/v1/environments/" MEMORY_ENVIRONMENT
#define AS        "/" MEMORY_ENVIRONMENT "/as"
#define JSON_TYPE "Content-Type: application/json\r\n"
#define FORM_TYPE "Content-Type: application/x-www-form-urlencoded\r\n"
#define ACTION(x) "Content-Type: application/vnd.pingidentity." x "+json\r\n"
#define BEARER    "Authorization: Bearer @token\r\n"
#define WORKER    "Authorization: Basic " MEMORY_BASIC "\r\n"
#define SIGNED_ON "Cookie: ST=@session\r\n"
#define BROWSER   "Accept: text/html\r\n"

enum {
    ANSWER_MAX = 256 * 1024,
    VALUE_MAX = 8 * 1024,
    BEFORE_MAX = 3,
    FINDS_MAX = 3,
    CLOSED_MAX = 20,
    SAMPLES = 12
};

/* What requests are made of: names behind @ in their templates. */
enum word { TOKEN, USER, APPLICATION, SESSION, MADE, MORE, FORM_TOKEN, ROUND, DIGITS, WORDS };

struct known {
    struct server *server;
    unsigned round;
    char words[WORDS][VALUE_MAX];
};

static const char *const names[WORDS] = {
    [TOKEN] = "@token",     [USER] = "@user",   [APPLICATION] = "@application",
    [SESSION] = "@session", [MADE] = "@made",   [MORE] = "@more",
    [FORM_TOKEN] = "@form", [ROUND] = "@round", [DIGITS] = "@digits",
};

/* "METHOD TARGET", header fields, body. */
struct asked {
    const char *line, *fields, *body;
};

/* What an answer says behind a text, up to one of these characters, is a word from then on. */
struct find {
    const char *behind, *until;
    enum word word;
};

struct step {
    struct asked asked;
    struct find finds[FINDS_MAX];
};

static void new_round(struct known *k)
{
    unsigned n = ++k->round;
    char *at = k->words[DIGITS];

    snprintf(k->words[ROUND], VALUE_MAX, "%u", n);
    for (; n; n /= 10) { /* no digit stands twice in a row, which passwords may not have */
        *at++ = (char)('0' + n % 10);
        *at++ = '-';
    }
    *at = '\0';
}

static void fill_in(const struct known *k, const char *template, size_t size, char *ret)
{
    size_t at = 0;

    while (*template) {
        size_t i = 0;

        while (i < WORDS && strncmp(template, names[i], strlen(names[i])) != 0)
            i++;
        assert_true(at + VALUE_MAX < size);
        if (i < WORDS) {
            at += (size_t)snprintf(ret + at, size - at, "%s", k->words[i]);
            template += strlen(names[i]);
        } else {
            ret[at++] = *template ++;
        }
    }
    ret[at] = '\0';
}

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
    static char text[64 * 1024], line[16 * 1024], fields[24 * 1024], body[24 * 1024];
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

#define AUTHORIZE                                                                                            \
    "GET " AS "/authorize?response_type=code&client_id=@application"                                         \
    "&redirect_uri=https%3A%2F%2Fclient.example%2Fcb&scope=openid&code_challenge_method=S256"                \
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CODE                                                                                                 \
    "grant_type=authorization_code&client_id=@application&code_verifier=" VERIFIER "&code=@made" CALLBACK
#define CALLBACK "&redirect_uri=https%3A%2F%2Fclient.example%2Fcb"
#define OPENID(application, grants)                                                                          \
    "{\"name\":\"" application "\",\"enabled\":true,\"protocol\":\"OPENID_CONNECT\"," grants "}"
#define WORKER_APPLICATION(name)                                                                             \
    OPENID(name, "\"type\":\"WORKER\",\"grantTypes\":[\"CLIENT_CREDENTIALS\"],"                              \
                 "\"tokenEndpointAuthMethod\":\"CLIENT_SECRET_BASIC\"")
#define KEY                                                                                                  \
    "{\"name\":\"k@round\",\"algorithm\":\"EC\",\"keyLength\":256,\"signatureAlgorithm\":"                   \
    "\"SHA256withECDSA\",\"subjectDN\":\"CN=k@round\",\"usageType\":\"SIGNING\",\"validityPeriod\":10}"
#define FILE_PART "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pem\"\r\n\r\n"
#define MULTIPART "Content-Type: multipart/form-data; boundary=b\r\n"

/* Steps before a request. */
#define BEGIN_FLOW                                                                                           \
    {                                                                                                        \
        { AUTHORIZE "&response_mode=pi.flow" },                                                              \
        {                                                                                                    \
            {                                                                                                \
                "/flows/", "\"/\r", MADE                                                                     \
            }                                                                                                \
        }                                                                                                    \
    }
#define SIGN_ON                                                                                              \
    "POST /" MEMORY_ENVIRONMENT "/flows/@made", ACTION("usernamePassword.check"),                            \
        "{\"username\":\"admin\",\"password\":\"memory-password-1\"}"
#define BEGIN_PAGE                                                                                           \
    {                                                                                                        \
        { AUTHORIZE, BROWSER },                                                                              \
        {                                                                                                    \
            { "flowId=", "&\r\n", MADE },                                                                    \
            {                                                                                                \
                "FLOW-@made=", ";", MORE                                                                     \
            }                                                                                                \
        }                                                                                                    \
    }
#define GET_CODE                                                                                             \
    {                                                                                                        \
        { AUTHORIZE, SIGNED_ON },                                                                            \
        {                                                                                                    \
            {                                                                                                \
                "cb?code=", "&\r\n", MADE                                                                    \
            }                                                                                                \
        }                                                                                                    \
    }
#define GET_TOKENS                                                                                           \
    {                                                                                                        \
        { "POST " AS "/token", FORM_TYPE, CODE },                                                            \
        {                                                                                                    \
            { "\"access_token\":\"", "\"", FORM_TOKEN },                                                     \
            {                                                                                                \
                "\"refresh_token\":\"", "\"", MORE                                                           \
            }                                                                                                \
        }                                                                                                    \
    }

static const struct case_ {
    struct step before[BEFORE_MAX];
    struct asked asked;
    int status;
    int misled; /* what may also be answered when a library lies about what it lacked */
} cases[] = {
    { .asked = { "POST /as/token", WORKER FORM_TYPE, "grant_type=client_credentials" }, .status = 200 },
    { .asked = { "POST " AS "/introspect", WORKER FORM_TYPE, "token=@token" }, .status = 200 },
    { .asked = { "GET " AS "/jwks" }, .status = 200 },
    { .asked = { "GET " AS "/.well-known/openid-configuration" }, .status = 200 },
    { .asked = { "GET " V1, BEARER }, .status = 200 },
    { .asked = { "GET " V1 "/users/@user", BEARER }, .status = 200 },
    { .asked = { "GET " V1 "/users?filter=username%20sw%20%22m%22", BEARER }, .status = 200 },
    { .asked = { "GET " V1 "/users?limit=2&order=username&cursor=AAAAAAAAAAAAAAAAAAAAAA", BEARER },
      .status = 200 },
    { .asked = { "GET /v1/roles", BEARER }, .status = 200 },
    { .asked = { "GET " V1 "/nothing", BEARER }, .status = 404 },
    { .asked = { "POST " V1 "/users", BEARER JSON_TYPE, "{\"username\":" }, .status = 400 },
    { .asked = { "POST " V1 "/users", BEARER JSON_TYPE,
                 "{\"username\":\"made-@round\",\"email\":\"m@example.com\",\"name\":{\"given\":\"M\"}}" },
      .status = 201 },
    { .asked = { "POST " V1 "/users", BEARER ACTION("user.import"),
                 "{\"username\":\"import-@round\",\"email\":\"m@example.com\",\"password\":{\"value\":"
                 "\"Tr1cky-word-@digits\"}}" },
      .status = 201 },
    { .asked = { "PUT " V1 "/users/@user", BEARER JSON_TYPE,
                 "{\"username\":\"memory\",\"email\":\"@round@example.com\"}" },
      .status = 200 },
    { .asked = { "PATCH " V1 "/users/@user", BEARER JSON_TYPE, "{\"nickname\":\"n@round\"}" },
      .status = 200 },
    { .asked = { "POST " V1 "/users/@user", BEARER ACTION("account.lock"), "{}" }, .status = 200 },
    { .asked = { "PUT " V1 "/users/@user/password", BEARER ACTION("password.set"),
                 "{\"value\":\"Tr1cky-word-@digits\"}" },
      .status = 200 },
    { .before = { { { "POST " V1 "/populations", BEARER JSON_TYPE, "{\"name\":\"p@round\"}" },
                    { { "/populations/", "\"/\r", MADE } } } },
      .asked = { "DELETE " V1 "/populations/@made", BEARER },
      .status = 204 },
    { .asked = { "POST " V1 "/applications", BEARER JSON_TYPE, WORKER_APPLICATION("a@round") },
      .status = 201 },
    { .before = { { { "POST " V1 "/applications", BEARER JSON_TYPE, WORKER_APPLICATION("b@round") },
                    { { "/applications/", "\"/\r", MADE } } } },
      .asked = { "POST " V1 "/applications/@made/secret", BEARER JSON_TYPE, "{}" },
      .status = 200 },
    { .asked = { "POST /v1/environments", BEARER JSON_TYPE,
                 "{\"name\":\"e@round\",\"region\":\"EU\",\"type\":\"SANDBOX\"}" },
      .status = 201 },
    { .asked = { "POST " V1 "/keys", BEARER JSON_TYPE, KEY }, .status = 201 },
    { .before = { { { "POST " V1 "/keys", BEARER JSON_TYPE, KEY }, { { "/keys/", "\"/\r", MADE } } },
                  { { "GET " V1 "/keys/@made", BEARER "Accept: application/x-x509-ca-cert\r\n" },
                    { { "\r\n\r\n", "", MORE } } } },
      .asked = { "PUT " V1 "/keys/@made/csr", BEARER MULTIPART, FILE_PART "@more\r\n--b--\r\n" },
      .status = 200,
      .misled = 400 }, /* OpenSSL calls keys different that it had no memory to compare */
    { .asked = { AUTHORIZE }, .status = 302 },
    { .asked = { AUTHORIZE, SIGNED_ON }, .status = 302 },
    { .asked = { AUTHORIZE "&response_mode=pi.flow" }, .status = 200 },
    { .before = { GET_CODE }, .asked = { "POST " AS "/token", FORM_TYPE, CODE }, .status = 200 },
    { .before = { GET_CODE, GET_TOKENS },
      .asked = { "POST " AS "/token", FORM_TYPE,
                 "grant_type=refresh_token&client_id=@application&refresh_token=@more" },
      .status = 200 },
    { .before = { GET_CODE, GET_TOKENS },
      .asked = { "GET " AS "/userinfo", "Authorization: Bearer @form\r\n" },
      .status = 200 },
    { .before = { GET_CODE, GET_TOKENS },
      .asked = { "POST " AS "/revoke", FORM_TYPE, "client_id=@application&token=@more" },
      .status = 200 },
    { .asked = { "GET " AS "/signoff", "Cookie: ST=none\r\n" }, .status = 200 },
    /* who signs on stands last: a user has at most ten sessions */
    { .before = { BEGIN_FLOW }, .asked = { SIGN_ON }, .status = 200 },
    { .before = { BEGIN_PAGE },
      .asked = { "GET /" MEMORY_ENVIRONMENT "/signon/?flowId=@made", "Cookie: FLOW-@made=@more\r\n" },
      .status = 200 },
    { .before = { BEGIN_PAGE,
                  { { "GET /" MEMORY_ENVIRONMENT "/signon/?flowId=@made", "Cookie: FLOW-@made=@more\r\n" },
                    { { "name=\"token\" value=\"", "\"", FORM_TOKEN } } } },
      .asked = { "POST /" MEMORY_ENVIRONMENT "/signon/", FORM_TYPE "Cookie: FLOW-@made=@more\r\n",
                 "action=usernamePassword.check&flowId=@made&token=@form&username=admin&password="
                 "memory-password-1" },
      .status = 303 },
    { .before = { BEGIN_FLOW, { { SIGN_ON }, { { "ST=", ";", MORE } } } },
      .asked = { "GET " AS "/resume?flowId=@made", "Cookie: ST=@more\r\n" },
      .status = 200 },
};

/* A step must give the words it is there for. */
static void take(struct known *k, const struct step *s)
{
    static char answer[ANSWER_MAX];

    ask(k, &s->asked, answer);
    for (size_t i = 0; i < FINDS_MAX && s->finds[i].behind; i++) {
        const struct find *f = &s->finds[i];
        static char behind[2 * VALUE_MAX];
        const char *at;

        fill_in(k, f->behind, sizeof(behind), behind);
        at = strstr(answer, behind);
        if (!at)
            fail_msg("%s: there is no %s in %s", s->asked.line, behind, answer);
        at += strlen(behind);
        snprintf(k->words[f->word], VALUE_MAX, "%.*s", (int)strcspn(at, f->until), at);
    }
}

/* In the form of the API: OAuth's JSON, a page, or the envelope. */
static bool is_error(int status, const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");

    if (status == 302)
        return strstr(answer, "cb?error=server_error") || strstr(answer, "cb?error=temporarily_unavailable");
    if (status != 500 && status != 503)
        return false;
    return body &&
           (strstr(body, "\"code\":\"UNEXPECTED_ERROR\"") || strstr(body, "{\"error\":\"server_error\"") ||
            strstr(body, "{\"error\":\"temporarily_unavailable\"") || strstr(body, "<!doctype html>"));
}

struct count {
    unsigned long made;
    unsigned closed;
};

static void ask_without(struct known *k, const struct case_ *c, const struct failing *whose, unsigned long n,
                        struct count *ret)
{
    static char answer[ANSWER_MAX];
    bool well;
    int status;

    new_round(k);
    for (size_t i = 0; i < BEFORE_MAX && c->before[i].asked.line; i++)
        take(k, &c->before[i]);
    whose->at(n);
    status = ask(k, &c->asked, answer);
    ret->made = whose->count();
    whose->at(0);
    ret->closed += status == 0;
    if (whose == &failing_libraries && c->misled && status == c->misled)
        return;
    well = status == c->status && (status != 302 || !strstr(answer, "cb?error="));
    if (!well && (ret->made < n || (status && !is_error(status, answer))))
        fail_msg("%s, %s allocation %lu failed: %s", c->asked.line,
                 whose == &failing_ours ? "our" : "a library's", n, answer);
}

static void know(struct known *k)
{
    static const struct step steps[] = {
        { { "POST /as/token", WORKER FORM_TYPE, "grant_type=client_credentials" },
          { { "\"access_token\":\"", "\"", TOKEN } } },
        { { "POST " V1 "/users", BEARER JSON_TYPE, "{\"username\":\"memory\",\"email\":\"m@example.com\"}" },
          { { "/users/", "\"/\r", USER } } },
        { { "POST " V1 "/applications", BEARER JSON_TYPE,
            OPENID("web",
                   "\"type\":\"SINGLE_PAGE_APP\",\"grantTypes\":[\"AUTHORIZATION_CODE\",\"REFRESH_TOKEN\"],"
                   "\"responseTypes\":[\"CODE\"],\"redirectUris\":[\"https://client.example/cb\"],"
                   "\"tokenEndpointAuthMethod\":\"NONE\"") },
          { { "/applications/", "\"/\r", APPLICATION } } },
        BEGIN_FLOW,
        { { SIGN_ON }, { { "ST=", ";", SESSION } } },
    };

    for (size_t i = 0; i < LENGTH(steps); i++)
        take(k, &steps[i]);
}

static struct known known;

static void begin(void)
{
    struct server_fault fault;

    memset(&known, 0, sizeof(known));
    folder_make();
    assert_ok(memory_start(&fault, &known.server));
    know(&known);
}

static void end(void)
{
    server_stop(known.server);
    folder_remove();
}

TEST(memory, lacks_while_requests_are_answered)
{
    begin();
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct count count = { .made = 1 };
        unsigned long n = 1, step = memory_stride() > 1 ? 4 : 1;

        for (unsigned long last = 1; last < ROUNDS_MAX && count.made >= last; n += step) {
            last = n;
            ask_without(&known, &cases[i], &failing_ours, n, &count);
        }
        assert_in_range(n, 10, ROUNDS_MAX - 1);
        assert_in_range(count.closed, 1, CLOSED_MAX);
    }
    end();
}

TEST(memory, is_refused_to_libraries_while_requests_are_answered)
{
    begin();
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct count all = { 0 }, count = { 0 };

        ask_without(&known, &cases[i], &failing_libraries, ULONG_MAX, &all);
        for (unsigned long s = 0; s < SAMPLES && s < all.made; s++)
            ask_without(&known, &cases[i], &failing_libraries, 1 + s * all.made / SAMPLES, &count);
    }
    end();
}
