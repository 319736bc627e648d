/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the HTTP library alone costs: libmicrohttpd with the listener options of src/http/server.c and a
 * handler that reads the request away and answers 200 with two octets. Prints its port; ends when standard
 * input does.
 *
 *   limit_http [CERTIFICATE KEY]
 */
#include "base/arena.h"
#include "http/acceptor.h"
#include "server/files.h"

#include <microhttpd.h>
#include <stdio.h>
#include <unistd.h>

enum {
    CONNECTION_MEMORY = 64 * 1024,
    CONNECTIONS_MAX = 20000,
    IDLE_TIMEOUT_S = 60,
};

static struct MHD_Response *response;

static enum MHD_Result on_request(void *cls UNUSED, struct MHD_Connection *connection, const char *url UNUSED,
                                  const char *method UNUSED, const char *version UNUSED,
                                  const char *data UNUSED, size_t *size, void **context)
{
    static int begun;

    if (!*context) {
        *context = &begun;
        return MHD_YES;
    }
    if (*size) {
        *size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

static void take(void *daemon, int fd, const struct sockaddr *address, socklen_t length)
{
    (void)!MHD_add_connection(daemon, fd, address, length);
}

static struct MHD_Daemon *start_daemon(const char *certificate, const char *key)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_NO_LISTEN_SOCKET | (certificate ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem pool[] = {
        { MHD_OPTION_THREAD_POOL_SIZE, sysconf(_SC_NPROCESSORS_ONLN), NULL },
        { MHD_OPTION_END, 0, NULL },
    };

    if (!certificate)
        tls[0].option = MHD_OPTION_END;
    if (pool[0].value < 2)
        pool[0].option = MHD_OPTION_END;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_ARRAY, pool,
                            MHD_OPTION_END);
}

int main(int argc, char **argv)
{
    SCOPED(arena_freep) struct arena *a = arena_new(0);
    struct str certificate = STR_NONE, key = STR_NONE;
    struct MHD_Daemon *daemon;
    struct acceptor *acceptor;
    char octet;

    if (argc > 2 && (file_read(a, argv[1], &certificate) != OK || file_read(a, argv[2], &key) != OK))
        return 1;
    response = MHD_create_response_from_buffer(2, (void *)(uintptr_t) "ok", MHD_RESPMEM_PERSISTENT);
    daemon = start_daemon(argc > 2 ? str_z(a, certificate) : NULL, argc > 2 ? str_z(a, key) : NULL);
    if (!response || !daemon || acceptor_open("127.0.0.1", 0, &acceptor) != OK ||
        acceptor_run(acceptor, take, daemon) != OK)
        return 1;
    printf("%u\n", acceptor_port(acceptor));
    fflush(stdout);
    while (read(STDIN_FILENO, &octet, 1) > 0)
        ;
    acceptor_free(acceptor);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
