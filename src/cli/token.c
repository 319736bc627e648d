/* SPDX-License-Identifier: Apache-2.0 */
/* A token from the running development server: the worker's, or a user's by the real flow. */
#include "base/encoding.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/ready_file.h"
#include "crypto/digest.h"
#include "server/files.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct option options[] = {
    { "application", "ID", "Sign a user on to this application, instead of the worker itself", false },
    { "user", "NAME", "The user who signs on; the password comes from LATCHKEY_PASSWORD or standard input",
      false },
    { "password-file", "FILE", "A file that holds the user's password", false },
    { "scope", "SCOPE", "The scopes to ask for, with blanks between them", false },
    { "environment", "ID", "The environment of the application, if it is not the Administrators one", false },
    { "ready-file", "FILE", "The ready file of the server, if it is not the default one", false },
    { NULL, NULL, NULL, false },
};

enum { REPLY_MAX = 1024 * 1024 };

/* One conversation: cookies are kept from call to call. */
struct talk {
    const struct arguments *args;
    const struct json *ready;
    CURL *curl;
    struct buf reply;
    const struct json *answer;
    long status;
};

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
    struct talk *t = arg;

    buf_add(&t->reply, (struct str){ data, size * n });
    return t->reply.err == OK ? size * n : 0;
}

/* printf into the arena; a command may end when memory is short. */
static struct str text(struct talk *t, const char *format, ...) PRINTF(2, 3);

static struct str text(struct talk *t, const char *format, ...)
{
    struct str s = STR_NONE;
    char *p = NULL;
    va_list args;
    int len;

    va_start(args, format);
    len = vasprintf(&p, format, args);
    va_end(args);
    if (len < 0 || str_copy(t->args->arena, (struct str){ p, (size_t)len }, &s) != OK) {
        fprintf(stderr, "latchkey: out of memory\n");
        exit(STATUS_FAILURE);
    }
    free(p);
    return s;
}

static struct str encoded(struct talk *t, struct str s)
{
    struct buf b = buf_make(t->args->arena, BUF_NO_LIMIT);
    struct str out;

    percent_encode(&b, s);
    return buf_finish(&b, &out) == OK ? out : STR("");
}

static struct str ready(struct talk *t, const char *member)
{
    return json_path_str(t->ready, member);
}

/* "FORMAT"s for texts of the ready file and answers. */
#define S(s) STR_FMT(s)

static enum status complain(struct talk *t, const char *step)
{
    struct str why = json_path_str(t->answer, "error_description");

    json_each (m, json_get(t->answer, "details"))
        why = why.len ? why : json_path_str(m.value, "message");
    if (!why.len)
        why = json_path_str(t->answer, "message");
    command_error(t->args, NULL, "%s was answered %ld: %.*s", step, t->status, S(why));
    return STATUS_FAILURE;
}

/* One request of the conversation. */
struct step {
    const char *name; /* "The token request" */
    struct str url;
    const char *header; /* "Content-Type: ..." or "Authorization: ..."; NULL: none */
    struct str body;    /* STR_NONE: GET */
};

static enum status perform(struct talk *t, const struct step *s)
{
    struct curl_slist *headers = s->header ? curl_slist_append(NULL, s->header) : NULL;
    CURLcode code;

    curl_easy_setopt(t->curl, CURLOPT_URL, s->url.p);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(t->curl, CURLOPT_HTTPGET, 1L);
    if (!str_is_none(s->body))
        curl_easy_setopt(t->curl, CURLOPT_COPYPOSTFIELDS, s->body.p);
    code = curl_easy_perform(t->curl);
    curl_slist_free_all(headers);
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->status);
    if (code == CURLE_OK)
        return STATUS_OK;
    command_error(t->args, "Start one with \"latchkey dev\".", "no server answers at %s: %s", s->url.p,
                  curl_easy_strerror(code));
    return STATUS_NO_SERVER;
}

/* Send, and read the answer as JSON: t->answer. */
static enum status call(struct talk *t, struct step s)
{
    enum status status;
    struct str body;

    t->reply = buf_make(t->args->arena, REPLY_MAX);
    t->answer = NULL;
    status = perform(t, &s);
    if (status != STATUS_OK)
        return status;
    if (buf_finish(&t->reply, &body) != OK || json_parse(t->args->arena, body, NULL, &t->answer) != OK)
        t->answer = NULL;
    return t->status == 200 && t->answer ? STATUS_OK : complain(t, s.name);
}

static void use_client(struct talk *t, struct str id, struct str secret)
{
    struct str both = text(t, "%.*s:%.*s", S(id), S(secret));

    curl_easy_setopt(t->curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(t->curl, CURLOPT_USERPWD, id.len ? both.p : NULL);
}

static enum status worker_token(struct talk *t)
{
    struct step s = { .name = "The token request", .body = STR("grant_type=client_credentials") };
    enum status status;

    s.url = text(t, "%.*s/%.*s/as/token", S(ready(t, "authUrl")), S(ready(t, "environmentId")));
    use_client(t, ready(t, "clientId"), ready(t, "clientSecret"));
    status = call(t, s);
    use_client(t, STR_NONE, STR_NONE);
    return status;
}

/* A user's sign-on, step by step. */
struct sign_on {
    struct str application, environment, username, password, scope;
    struct str secret; /* of the application; STR_NONE: it is public */
    struct str verifier, challenge, flow, code;
};

static enum status read_application(struct talk *t, struct sign_on *o)
{
    struct str base = text(t, "%.*s/environments/%.*s/applications/%.*s", S(ready(t, "apiUrl")),
                           S(o->environment), S(o->application));
    struct str bearer = text(t, "Authorization: Bearer %.*s", S(json_path_str(t->answer, "access_token")));
    enum status status = call(t, (struct step){ "Reading the application", base, bearer.p, STR_NONE });

    if (status != STATUS_OK)
        return status;
    if (str_is(json_path_str(t->answer, "tokenEndpointAuthMethod"), "NONE"))
        return STATUS_OK;
    status = call(t, (struct step){ "Reading the application's secret", text(t, "%.*s/secret", S(base)),
                                    bearer.p, STR_NONE });
    o->secret = json_path_str(t->answer, "secret");
    return status;
}

static enum err make_verifier(struct talk *t, struct sign_on *o)
{
    struct digest d;

    TRY(random_text(t->args->arena, 48, &o->verifier));
    d = sha256(o->verifier);
    return base64url_encode(t->args->arena, digest_str(&d), &o->challenge);
}

static enum status begin_flow(struct talk *t, struct sign_on *o)
{
    struct str url;
    enum status status;

    if (make_verifier(t, o) != OK)
        return STATUS_FAILURE;
    url = text(t,
               "%.*s/%.*s/as/authorize?response_type=code&response_mode=pi.flow&client_id=%.*s&scope=%.*s"
               "&code_challenge_method=S256&code_challenge=%.*s",
               S(ready(t, "authUrl")), S(o->environment), S(o->application), S(encoded(t, o->scope)),
               S(o->challenge));
    status = call(t, (struct step){ "The authorization request", url, NULL, STR_NONE });
    o->flow = json_path_str(t->answer, "id");
    return status;
}

static enum status check_password(struct talk *t, struct sign_on *o)
{
    struct buf b = buf_make(t->args->arena, BUF_NO_LIMIT);
    struct str body;
    enum status status;

    json_open(&b, '{');
    json_add_str(&b, "username", o->username);
    json_add_str(&b, "password", o->password);
    json_close(&b, '}');
    buf_add_char(&b, '\0');
    if (buf_finish(&b, &body) != OK)
        return STATUS_FAILURE;
    status = call(
        t,
        (struct step){ "The sign-on",
                       text(t, "%.*s/%.*s/flows/%.*s", S(ready(t, "authUrl")), S(o->environment), S(o->flow)),
                       "Content-Type: application/vnd.pingidentity.usernamePassword.check+json", body });
    if (status != STATUS_OK || str_is(json_path_str(t->answer, "status"), "COMPLETED"))
        return status;
    command_error(t->args, NULL, "the sign-on stops at %.*s", S(json_path_str(t->answer, "status")));
    return STATUS_FAILURE;
}

static enum status resume(struct talk *t, struct sign_on *o)
{
    enum status status = call(t, (struct step){ "Resuming",
                                                text(t, "%.*s/%.*s/as/resume?flowId=%.*s",
                                                     S(ready(t, "authUrl")), S(o->environment), S(o->flow)),
                                                NULL, STR_NONE });

    o->code = json_path_str(t->answer, "authorizeResponse.code");
    return status;
}

static enum status redeem(struct talk *t, struct sign_on *o)
{
    struct step s = { .name = "The token request" };

    s.url = text(t, "%.*s/%.*s/as/token", S(ready(t, "authUrl")), S(o->environment));
    s.body =
        text(t, "grant_type=authorization_code&code=%.*s&code_verifier=%.*s%s%.*s", S(o->code),
             S(o->verifier), o->secret.len ? "" : "&client_id=", S(o->secret.len ? STR("") : o->application));
    if (o->secret.len)
        use_client(t, o->application, o->secret);
    return call(t, s);
}

/* From a file, the environment, or standard input: never from the command line, which others can read. */
static enum status read_password(struct talk *t, struct sign_on *o)
{
    const char *file = argument_value(t->args, "password-file", NULL),
               *variable = getenv("LATCHKEY_PASSWORD");
    static char line[1026];

    if (file && file_read(t->args->arena, file, &o->password) != OK) {
        command_error(t->args, NULL, "%s cannot be read", file);
        return STATUS_FAILURE;
    }
    if (!file && variable)
        o->password = str_from(variable);
    if (!file && !variable && isatty(STDIN_FILENO))
        fprintf(stderr, "Password of %.*s: ", S(o->username));
    if (!file && !variable && fgets(line, sizeof(line), stdin))
        o->password = str_from(line);
    o->password = str_slice(o->password, 0, str_index(o->password, '\n'));
    if (o->password.len)
        return STATUS_OK;
    command_error(t->args, "Set LATCHKEY_PASSWORD, name --password-file, or write it to standard input.",
                  "there is no password");
    return STATUS_USAGE;
}

static enum status user_token(struct talk *t)
{
    enum status (*const steps[])(struct talk *, struct sign_on *) = { read_application, begin_flow,
                                                                      check_password, resume, redeem };
    struct sign_on o = {
        .application = str_from(argument_value(t->args, "application", NULL)),
        .username = str_from(argument_value(t->args, "user", NULL)),
        .scope = str_from(argument_value(t->args, "scope", "openid")),
        .environment = str_from(argument_value(t->args, "environment", ready(t, "environmentId").p)),
    };
    enum status status = read_password(t, &o);

    if (status == STATUS_OK)
        status = worker_token(t);
    for (size_t i = 0; i < LENGTH(steps) && status == STATUS_OK; i++)
        status = steps[i](t, &o);
    return status;
}

static enum status check_options(const struct arguments *args)
{
    if (argument_given(args, "application") == argument_given(args, "user"))
        return STATUS_OK;
    command_error(args, NULL, "--application and --user go together");
    return STATUS_USAGE;
}

static enum status token_run(const struct arguments *args)
{
    struct talk t = { .args = args };
    enum status status = check_options(args);

    if (status == STATUS_OK)
        status = ready_read(args, &t.ready);
    if (status != STATUS_OK)
        return status;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    t.curl = curl_easy_init();
    if (!t.curl)
        return STATUS_FAILURE;
    curl_easy_setopt(t.curl, CURLOPT_CAINFO, ready(&t, "caFile").p);
    curl_easy_setopt(t.curl, CURLOPT_COOKIEFILE, "");
    curl_easy_setopt(t.curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(t.curl, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(t.curl, CURLOPT_TIMEOUT, 30L);
    status = argument_given(args, "application") ? user_token(&t) : worker_token(&t);
    if (status == STATUS_OK)
        printf("%.*s\n", S(json_path_str(t.answer, "access_token")));
    curl_easy_cleanup(t.curl);
    curl_global_cleanup();
    return status;
}

const struct command command_token = {
    .name = "token",
    .summary = "Get a token from the running server",
    .details =
        "Without options it is the worker's token for the management API. With --application and --user it "
        "is what that user gets by signing on to that application.",
    .example = "curl -H \"Authorization: Bearer $(latchkey token)\" ...",
    .options = options,
    .run = token_run,
};
