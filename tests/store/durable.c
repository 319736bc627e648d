/* SPDX-License-Identifier: Apache-2.0 */
/* What was acknowledged is there after a close, and after a kill at any moment. */
#include "suite.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

STORE_TEST(durable, everything_is_there_after_reopening)
{
    struct object o = thing(1), got;

    o.secret = STR("secret");
    assert_ok(store_write(s, do_insert, &o));
    s = suite_reopen();
    assert_ok(get(s, &o, &got));
    assert_str(got.document, "{\"name\":\"it\"}");
    assert_str(got.secret, "secret");
    s = suite_reopen();
    assert_ok(get(s, &o, &got));
}

enum { WRITERS = 4, KILLS = 10 };

struct child {
    struct store *store;
    int out;
};

/* The object and the index row of one id: both or neither. */
static enum err insert_indexed(struct tx *tx, void *arg)
{
    struct object *o = arg;
    struct index_value v = { o->environment, o->type, STR("id"), { (const char *)o->id.b, 16 }, o->id };

    TRY(tx_insert(tx, o));
    return tx_index_put(tx, &v);
}

/* Write for ever, and say which were acknowledged. */
static void *write_on(void *arg)
{
    struct child *c = arg;

    for (;;) {
        struct object o = thing(0);

        o.id = uuid_v4();
        if (store_write(c->store, insert_indexed, &o) != OK || write(c->out, o.id.b, 16) != 16)
            _exit(1);
    }
}

static void run_child(const char *place, const struct kind *kind, int out)
{
    struct child c = { .out = out };
    struct store_fault fault;
    pthread_t thread;

    if (kind->open(place, &fault, &c.store) != OK)
        _exit(2);
    for (int i = 1; i < WRITERS; i++)
        if (pthread_create(&thread, NULL, write_on, &c) != 0)
            _exit(3);
    write_on(&c);
}

struct acknowledged {
    struct uuid ids[100000];
    size_t n;
};

static void read_ids(int in, struct acknowledged *a, size_t enough)
{
    while (a->n < enough && a->n < LENGTH(a->ids)) {
        ssize_t n = read(in, a->ids[a->n].b, 16);

        if (n < 0 && errno == EINTR)
            continue;
        if (n != 16)
            return;
        a->n++;
    }
}

/* The number of acknowledged writes before the kill differs from round to round. */
static void kill_while_writing(int round, struct acknowledged *a)
{
    size_t enough = a->n + 50 + 37 * (size_t)round;
    int ends[2], status;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    fflush(stdout);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        run_child(suite_place(), suite_kind(), ends[1]);
    }
    close(ends[1]);
    read_ids(ends[0], a, enough);
    kill(pid, SIGKILL);
    read_ids(ends[0], a, SIZE_MAX);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void assert_all_there(struct store *s, const struct acknowledged *a)
{
    struct index_range range = {
        .environment = here, .type = STR("thing"), .attribute = STR("id"), .limit = 2
    };
    struct tx *tx = snapshot(s);
    struct object_list list;
    struct object got;

    for (size_t i = 0; i < a->n; i++) {
        assert_ok(tx_get(tx, suite_arena(), here, STR("thing"), a->ids[i], &got));
        range.value = (struct str){ (const char *)a->ids[i].b, 16 };
        assert_ok(tx_index_list(tx, suite_arena(), &range, &list));
        assert_int_equal(list.n, 1);
    }
    tx_end(tx);
}

STORE_TEST(durable, nothing_acknowledged_is_lost_by_a_kill)
{
    struct acknowledged *a = calloc(1, sizeof(*a));
    struct object o = thing(1);

    assert_non_null(a);
    suite_close();
    for (int round = 0; round < KILLS; round++) {
        kill_while_writing(round, a);
        s = suite_open();
        assert_all_there(s, a);
        suite_close();
    }
    assert_true(a->n >= 50 * KILLS);
    s = suite_open();
    assert_ok(store_write(s, do_insert, &o));
    free(a);
}
