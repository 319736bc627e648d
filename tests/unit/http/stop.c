/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping: what is under way is finished, and nothing that comes meanwhile is left suspended. */
#include "wire.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

static const struct timespec moment = { .tv_nsec = 100 * 1000 * 1000 };

TEST(stop, finishes_what_is_under_way)
{
    static const char request[] = "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct running r = wire_start(10, NULL);
    int fd = wire_dial(&r);
    struct str answer;

    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    nanosleep(&moment, NULL);
    wire_stop(&r);
    answer = wire_receive(fd, NULL);
    assert_int_equal(wire_status(answer), 200);
    assert_true(str_ends(answer, STR("hello 0")));
    assert_non_null(strstr(answer.p, "\r\nConnection: close\r\n"));
    close(fd);
}

struct caller {
    pthread_t thread;
    int fd, answered, broken;
};

/* Requests without a pause until the connection ends. Each answer is whole. */
static void *call(void *arg)
{
    static const char request[] = "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
    struct caller *c = arg;
    char text[2048];

    while (send(c->fd, request, strlen(request), MSG_NOSIGNAL) > 0) {
        ssize_t n = recv(c->fd, text, sizeof(text) - 1, 0);

        if (n <= 0)
            break;
        text[n] = '\0';
        c->answered++;
        c->broken += !(strstr(text, " 200 ") && strstr(text, "hello 3")) && !strstr(text, " 503 ");
    }
    return NULL;
}

/* The library aborts the process when it is stopped with a suspended connection. */
TEST(stop, comes_between_requests_without_end)
{
    enum { ROUNDS = 10, CALLERS = 8 };
    int answered = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct running r = wire_start(100, NULL);
        struct caller callers[CALLERS] = { 0 };

        for (int i = 0; i < CALLERS; i++) {
            callers[i].fd = wire_dial(&r);
            assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
        }
        nanosleep(&moment, NULL);
        wire_stop(&r);
        for (int i = 0; i < CALLERS; i++) {
            pthread_join(callers[i].thread, NULL);
            close(callers[i].fd);
            answered += callers[i].answered;
            assert_int_equal(callers[i].broken, 0);
        }
    }
    assert_true(answered > ROUNDS);
}

/* Half of a request is under way too. */
static void *send_the_rest(void *arg)
{
    nanosleep(&moment, NULL);
    assert_true(send(*(int *)arg, "bc", 2, MSG_NOSIGNAL) == 2);
    return NULL;
}

TEST(stop, waits_for_a_body_that_is_being_sent)
{
    static const char begun[] = "POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na";
    struct running r = wire_start(10, NULL);
    int fd = wire_dial(&r);
    pthread_t thread;
    struct str answer;

    assert_true(send(fd, begun, strlen(begun), MSG_NOSIGNAL) > 0);
    nanosleep(&moment, NULL);
    assert_int_equal(pthread_create(&thread, NULL, send_the_rest, &fd), 0);
    wire_stop(&r);
    pthread_join(thread, NULL);
    answer = wire_receive(fd, NULL);
    assert_int_equal(wire_status(answer), 200);
    close(fd);
}
