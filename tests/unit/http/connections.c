/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines of many connections, which are looked at in parts. */
#include "test.h"

#include "http/connections.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 300 };

struct table {
    struct connections *connections;
    struct open_connection *open[MANY];
    int ours[MANY], theirs[MANY];
};

static struct table begin(int within_s)
{
    const struct sockaddr_in address = { .sin_family = AF_INET };
    struct table t;

    assert_ok(connections_new(0, &t.connections));
    for (size_t i = 0; i < MANY; i++) {
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        t.ours[i] = pair[0];
        t.theirs[i] = pair[1];
        t.open[i] = connections_add(t.connections, pair[0], (const struct sockaddr *)(const void *)&address,
                                    within_s);
        assert_non_null(t.open[i]);
    }
    return t;
}

static void leave(struct table *t, size_t i)
{
    connections_remove(t->connections, t->open[i]);
    t->open[i] = NULL;
}

static void end(struct table *t)
{
    for (size_t i = 0; i < MANY; i++) {
        leave(t, i);
        close(t->ours[i]);
        close(t->theirs[i]);
    }
    connections_free(t->connections);
}

/* Within ten seconds. */
static bool is_cut(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLRDHUP };

    return poll(&p, 1, 10000) == 1;
}

TEST(connections, are_all_cut_off_when_they_are_late)
{
    struct table t = begin(1);

    for (size_t i = 0; i < MANY; i++)
        assert_true(is_cut(t.theirs[i]));
    end(&t);
}

TEST(connections, may_go_where_the_next_look_would_begin)
{
    const struct timespec moment = { .tv_nsec = 400 * 1000 * 1000 };
    struct table t = begin(2);

    nanosleep(&moment, NULL); /* a look at the first of three parts is over */
    for (size_t i = 0; i < MANY - 1; i++)
        leave(&t, i);
    assert_true(is_cut(t.theirs[MANY - 1]));
    end(&t);
}
