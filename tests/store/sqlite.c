/* SPDX-License-Identifier: Apache-2.0 */
/* What only the SQLite store promises: its folder, its lock, full disks, full queues, the length of its log.
 */
#include "suite.h"

#include "base/clock.h"
#include "store/sqlite/sqlite.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void path_of(const char *folder, const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static unsigned mode_of(const char *folder, const char *name)
{
    struct stat st;
    char path[128];

    path_of(folder, name, path);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

STORE_TEST_OF(sqlite, sqlite_file, is_the_owners_alone)
{
    struct object o = thing(1);

    assert_ok(store_write(s, do_insert, &o));
    assert_int_equal(mode_of(suite_place(), "latchkey.db"), 0600);
    assert_int_equal(mode_of(suite_place(), "latchkey.db-wal"), 0600);
    assert_int_equal(mode_of(suite_place(), "latchkey.db-shm"), 0600);
    assert_int_equal(mode_of(suite_place(), "latchkey.lock"), 0600);
}

TEST(sqlite_open, makes_the_folder_for_the_owner_alone)
{
    char below[64], folder[128];
    struct store_fault fault;
    struct store *s;

    suite_folder_make(below);
    path_of(below, "data", folder);
    assert_ok(store_open_sqlite(folder, &fault, &s));
    assert_string_equal(fault.message, "");
    store_close(s);
    assert_int_equal(mode_of(below, "data"), 0700);
    suite_folder_remove(below);
}

STORE_TEST_OF(sqlite, sqlite_close, leaves_no_log_behind)
{
    struct object o = thing(1);
    char path[128];

    assert_ok(store_write(s, do_insert, &o));
    suite_close();
    path_of(suite_place(), "latchkey.db-wal", path);
    assert_int_equal(access(path, F_OK), -1);
    suite_open();
}

static void assert_refused(const char *folder, enum err wanted, const char *message)
{
    struct store_fault fault;
    struct store *s = NULL;

    assert_err(store_open_sqlite(folder, &fault, &s), wanted);
    assert_null(s);
    if (!strstr(fault.message, message) || !strstr(fault.message, folder))
        fail_msg("%s", fault.message);
}

STORE_TEST_OF(sqlite, sqlite_open, refuses_a_folder_in_use)
{
    struct object o = thing(1);

    assert_refused(suite_place(), CONFLICT, "is in use by another process");
    assert_ok(store_write(s, do_insert, &o)); /* the first one is not disturbed */
}

STORE_TEST_OF(sqlite, sqlite_open, refuses_a_newer_schema)
{
    sqlite3 *db;
    char path[128], text[64];

    (void)s;
    suite_close();
    path_of(suite_place(), "latchkey.db", path);
    snprintf(text, sizeof(text), "PRAGMA user_version = %d", store_schema_version() + 1);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    snprintf(text, sizeof(text), "its schema is %d, this program knows up to %d", store_schema_version() + 1,
             store_schema_version());
    assert_refused(suite_place(), INVALID, text);
    snprintf(text, sizeof(text), "PRAGMA user_version = %d", store_schema_version());
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    suite_open();
}

TEST(sqlite_open, refuses_a_file_that_is_no_database)
{
    char folder[64], path[128];
    FILE *f;

    suite_folder_make(folder);
    path_of(folder, "latchkey.db", path);
    f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", f);
    fclose(f);
    assert_refused(folder, CORRUPT, "no database");
    suite_folder_remove(folder);
}

TEST(sqlite_open, refuses_a_file_in_place_of_the_folder)
{
    char folder[64], path[128];

    suite_folder_make(folder);
    path_of(folder, "file", path);
    close(open(path, O_CREAT | O_WRONLY, 0700));
    assert_refused(path, DENIED, "Not a directory");
    suite_folder_remove(folder);
}

/* Root may write everywhere, so somebody else tries. -> the child's answer */
static int open_as_nobody(const char *folder, const char *message)
{
    struct store_fault fault;
    struct store *s;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(9);
        if (store_open_sqlite(folder, &fault, &s) != DENIED)
            _exit(1);
        _exit(strstr(fault.message, message) && strstr(fault.message, folder) ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST(sqlite_open, refuses_a_folder_it_may_not_write)
{
    char folder[64];

    suite_folder_make(folder);
    assert_int_equal(chmod(folder, 0500), 0);
    assert_int_equal(open_as_nobody(folder, "cannot be written: Permission denied"), 0);
    assert_int_equal(chmod(folder, 0700), 0);
    suite_folder_remove(folder);
}

TEST(sqlite_open, refuses_a_folder_it_cannot_make)
{
    char below[64], folder[128];

    suite_folder_make(below);
    path_of(below, "no/such", folder);
    assert_refused(folder, DENIED, "cannot be made: No such file");
    suite_folder_remove(below);
}

static struct sqlite_connection *connection_of(struct tx *tx)
{
    return (struct sqlite_connection *)(void *)tx->connection;
}

static int pragma(struct sqlite_connection *c, const char *text)
{
    sqlite3_stmt *s;
    int n;

    assert_int_equal(sqlite3_prepare_v2(c->db, text, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return n;
}

struct settings {
    int synchronous, mmap_size, cache_size;
};

static enum err read_settings(struct tx *tx, void *arg)
{
    struct settings *now = arg;

    now->synchronous = pragma(connection_of(tx), "PRAGMA synchronous");
    now->mmap_size = pragma(connection_of(tx), "PRAGMA mmap_size");
    now->cache_size = pragma(connection_of(tx), "PRAGMA cache_size");
    return OK;
}

/* A kill does not show it, a power cut would. */
STORE_TEST_OF(sqlite, sqlite_settings, sync_every_commit_and_bound_the_memory)
{
    struct settings writer, reader;
    long long cache_kib = 0;

    assert_ok(store_write(s, read_settings, &writer));
    assert_int_equal(writer.synchronous, 2);
    assert_int_equal(writer.mmap_size, 0);
    cache_kib -= writer.cache_size;
    for (size_t i = 0; i < s->readers_max; i++) {
        assert_ok(read_settings(snapshot(s), &reader));
        assert_int_equal(reader.mmap_size, 0);
        assert_true(reader.cache_size < 0);
        cache_kib -= reader.cache_size;
    }
    assert_true(cache_kib <= 16 * 1024);
}

STORE_TEST_OF(sqlite, sqlite_readers, are_used_by_the_size_of_their_caches)
{
    struct settings first, last, next;
    struct tx *tx[8];

    for (size_t i = 0; i < LENGTH(tx); i++)
        tx[i] = snapshot(s);
    assert_ok(read_settings(tx[0], &first));
    assert_ok(read_settings(tx[LENGTH(tx) - 1], &last));
    assert_true(first.cache_size < last.cache_size); /* in KiB, below 0 */
    for (size_t i = 0; i < LENGTH(tx); i++)
        tx_end(tx[i]);
    assert_ok(read_settings(snapshot(s), &next));
    assert_int_equal(next.cache_size, first.cache_size);
}

/* As SQLite does when memory is too short for a statement. */
STORE_TEST_OF(sqlite, sqlite_readers, are_not_kept_when_their_snapshot_was_rolled_back)
{
    struct object o = thing(1), got;
    struct tx *tx;

    assert_ok(store_write(s, do_insert, &o));
    tx = snapshot(s);
    assert_ok(tx_get(tx, suite_arena(), o.environment, o.type, o.id, &got));
    assert_int_equal(sqlite3_exec(connection_of(tx)->db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    tx_end(tx);
    tx = snapshot(s);
    assert_ok(tx_get(tx, suite_arena(), o.environment, o.type, o.id, &got));
    o.document = STR("{\"later\":true}");
    o.version = got.version;
    assert_ok(store_write(s, do_update, &o));
    assert_ok(tx_get(tx, suite_arena(), o.environment, o.type, o.id, &got));
    assert_str(got.document, "{\"name\":\"it\"}");
}

/* Full disks */

struct limit {
    int pages; /* more than there are now; 0: no limit */
};

static enum err set_limit(struct tx *tx, void *arg)
{
    const struct limit *limit = arg;
    sqlite3 *db = connection_of(tx)->db;
    sqlite3_stmt *s;
    char text[64];
    int pages;

    if (sqlite3_prepare_v2(db, "PRAGMA page_count", -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW)
        return IO;
    pages = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    snprintf(text, sizeof(text), "PRAGMA max_page_count = %d", limit->pages ? pages + limit->pages : 1000000);
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? OK : IO;
}

static struct object big_thing(unsigned char n)
{
    static char document[200000];
    struct object o = thing(n);

    memset(document, 'x', sizeof(document));
    o.document = (struct str){ document, sizeof(document) };
    return o;
}

STORE_TEST_OF(sqlite, sqlite_full, refuses_what_does_not_fit_and_goes_on)
{
    struct object small = thing(1), big = big_thing(2), got;
    struct limit tight = { 5 }, none = { 0 };

    assert_ok(store_write(s, set_limit, &tight));
    assert_err(store_write(s, do_insert, &big), NO_SPACE);
    assert_ok(store_write(s, do_insert, &small));
    assert_err(store_write(s, do_insert, &big), NO_SPACE);
    assert_err(get(s, &big, &got), NOT_FOUND);
    assert_ok(store_write(s, set_limit, &none));
    assert_ok(store_write(s, do_insert, &big));
    assert_ok(get(s, &small, &got));
    assert_ok(get(s, &big, &got));
}

struct neighbour {
    struct store *store;
    struct object object;
    enum err result;
    pthread_t thread;
};

static void *insert_one(void *arg)
{
    struct neighbour *n = arg;

    n->result = store_write(n->store, do_insert, &n->object);
    return NULL;
}

/* Holds the writer while others queue behind it, so that they become one group. */
struct gate {
    pthread_mutex_t lock;
    struct store *store;
    pthread_t thread;
};

static enum err wait_at_gate(struct tx *tx UNUSED, void *arg)
{
    struct gate *g = arg;

    pthread_mutex_lock(&g->lock);
    pthread_mutex_unlock(&g->lock);
    return OK;
}

static void *hold_writer(void *arg)
{
    struct gate *g = arg;

    assert_ok(store_write(g->store, wait_at_gate, g));
    return NULL;
}

static void gate_close(struct gate *g, struct store *s)
{
    *g = (struct gate){ .store = s };
    pthread_mutex_init(&g->lock, NULL);
    pthread_mutex_lock(&g->lock);
    assert_int_equal(pthread_create(&g->thread, NULL, hold_writer, g), 0);
    usleep(50000);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_unlock(&g->lock);
    pthread_join(g->thread, NULL);
    pthread_mutex_destroy(&g->lock);
}

STORE_TEST_OF(sqlite, sqlite_full, refuses_the_culprit_and_not_its_group)
{
    struct neighbour n[9];
    struct limit tight = { 20 };
    struct object got;
    struct gate gate;

    assert_ok(store_write(s, set_limit, &tight));
    gate_close(&gate, s);
    for (unsigned char i = 0; i < LENGTH(n); i++) {
        n[i] = (struct neighbour){ .store = s, .object = i == 4 ? big_thing(i) : thing(i) };
        assert_int_equal(pthread_create(&n[i].thread, NULL, insert_one, &n[i]), 0);
        usleep(2000);
    }
    gate_open(&gate);
    for (unsigned char i = 0; i < LENGTH(n); i++) {
        pthread_join(n[i].thread, NULL);
        assert_err(n[i].result, i == 4 ? NO_SPACE : OK);
        assert_err(get(s, &n[i].object, &got), i == 4 ? NOT_FOUND : OK);
    }
}

/* A file that may not grow fails at COMMIT, where the log is written. */
STORE_TEST_OF(sqlite, sqlite_full, write_error_refuses_all_and_the_store_resumes)
{
    struct rlimit before, tight = { 64 * 1024, RLIM_INFINITY };
    struct object small = thing(1), big = big_thing(2), got;

    assert_ok(store_write(s, do_insert, &small));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_err(store_write(s, do_insert, &big), IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_err(get(s, &big, &got), NOT_FOUND);
    assert_ok(get(s, &small, &got));
    assert_ok(store_write(s, do_insert, &big));
    s = suite_reopen();
    assert_ok(get(s, &big, &got));
}

/* In a mount namespace of this process alone; without being root, in a user namespace too. */
static bool mount_small_disk(const char *folder)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", folder, "tmpfs", 0, "size=16m") == 0;
}

/* Half of the disk, so that without it there is room for the whole log to be brought into the database. */
static bool write_filler(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    bool ok = posix_fallocate(fd, 0, 8 * 1024 * 1024) == 0;

    close(fd);
    return ok;
}

/* -> how many were inserted before the first that was not, from `n` on */
static unsigned char insert_until_full(struct store *s, unsigned char n, enum err *ret)
{
    struct object big;

    do {
        big = big_thing(n++);
        *ret = store_write(s, do_insert, &big);
    } while (*ret == OK && n < 200);
    return (unsigned char)(n - 1);
}

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return __LINE__ % 256;                                                                           \
    } while (0)

/* -> 0, or the line of what was not so */
static int fill_disk(const char *folder)
{
    struct arena *a = arena_new(0);
    struct store_fault fault;
    unsigned char first, second;
    struct object got;
    struct store *s;
    struct tx *tx;
    char filler[128];
    enum err e;

    path_of(folder, "filler", filler);
    REQUIRE(a && write_filler(filler));
    REQUIRE(store_open_sqlite(folder, &fault, &s) == OK);
    first = insert_until_full(s, 0, &e);
    REQUIRE(e == NO_SPACE && first > 2);
    REQUIRE(store_check(s) == OK);
    REQUIRE(unlink(filler) == 0);
    second = insert_until_full(s, first, &e);
    REQUIRE(e == NO_SPACE && second > first);
    store_close(s);
    REQUIRE(store_open_sqlite(folder, &fault, &s) == OK);
    REQUIRE(store_read_begin(s, a, &tx) == OK);
    for (unsigned char n = 0; n < second; n++)
        REQUIRE(tx_get(tx, a, here, STR("thing"), id_of(n), &got) == OK && got.document.len == 200000);
    REQUIRE(tx_get(tx, a, here, STR("thing"), id_of(second), &got) == NOT_FOUND);
    return 0;
}

enum { NO_SMALL_DISK = 255 };

TEST(sqlite_full, disk_refuses_until_there_is_room_again)
{
    char folder[64];
    int status;
    pid_t pid;

    suite_folder_make(folder);
    pid = fork();
    if (pid == 0)
        _exit(mount_small_disk(folder) ? fill_disk(folder) : NO_SMALL_DISK);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_SMALL_DISK)
        print_message("a small disk may not be mounted here: only the limit of pages was tried\n");
    else
        assert_int_equal(WEXITSTATUS(status), 0);
    suite_folder_remove(folder);
}

/* Bounds */

STORE_TEST_OF(sqlite, sqlite_queue, that_is_full_refuses)
{
    struct neighbour n[3];
    struct object late = thing(9);
    struct gate gate;

    s->queue_max = LENGTH(n);
    gate_close(&gate, s);
    for (unsigned char i = 0; i < LENGTH(n); i++) {
        n[i] = (struct neighbour){ .store = s, .object = thing(i) };
        assert_int_equal(pthread_create(&n[i].thread, NULL, insert_one, &n[i]), 0);
    }
    usleep(50000);
    assert_err(store_write(s, do_insert, &late), UNAVAILABLE);
    gate_open(&gate);
    for (unsigned char i = 0; i < LENGTH(n); i++) {
        pthread_join(n[i].thread, NULL);
        assert_ok(n[i].result);
    }
    assert_ok(store_write(s, do_insert, &late));
}

STORE_TEST_OF(sqlite, sqlite_readers, over_their_limit_wait_and_are_refused)
{
    struct tx *first, *second, *third = NULL;
    int64_t start = clock_monotonic_ns();

    s->readers_max = 2;
    first = snapshot(s);
    second = snapshot(s);
    assert_err(store_read_begin(s, suite_arena(), &third), UNAVAILABLE);
    assert_true(clock_monotonic_ns() - start >= 900 * 1000 * 1000);
    tx_end(second);
    assert_ok(store_read_begin(s, suite_arena(), &third));
    tx_end(first);
    tx_end(third);
}

static void *end_soon(void *tx)
{
    usleep(100000);
    tx_end(tx);
    return NULL;
}

STORE_TEST_OF(sqlite, sqlite_readers, take_what_comes_back)
{
    int64_t start = clock_monotonic_ns();
    struct tx *first, *second;
    pthread_t thread;

    s->readers_max = 1;
    first = snapshot(s);
    assert_int_equal(pthread_create(&thread, NULL, end_soon, first), 0);
    second = snapshot(s);
    assert_true(clock_monotonic_ns() - start < 900 * 1000 * 1000);
    pthread_join(thread, NULL);
    tx_end(second);
}

static enum err write_again(struct tx *tx UNUSED, void *arg)
{
    return store_write(arg, wait_at_gate, NULL);
}

STORE_TEST_OF(sqlite, sqlite_closure, that_waits_for_another_is_a_programmers_error)
{
    struct store_fault fault;
    int status;
    pid_t pid;

    (void)s;
    suite_close();
    pid = fork();
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        if (store_open_sqlite(suite_place(), &fault, &s) == OK && store_write(s, write_again, s) == OK)
            _exit(0);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    suite_open();
}

/* Between them they always have a snapshot open. */
struct readers {
    struct store *store;
    atomic_bool stop;
};

static void *read_on(void *arg)
{
    struct readers *r = arg;
    struct object_range one = { .environment = here, .type = STR("thing"), .limit = 1 };

    while (!atomic_load(&r->stop)) {
        SCOPED(arena_freep) struct arena *a = arena_new(0);
        struct object_list list;
        struct tx *tx;

        if (!a || store_read_begin(r->store, a, &tx) != OK || tx_list(tx, a, &one, &list) != OK)
            abort();
        usleep(20000);
    }
    return NULL;
}

STORE_TEST_OF(sqlite, sqlite_log, stays_short_under_readers_without_a_pause)
{
    struct readers r = { .store = s };
    struct object o = big_thing(1);
    pthread_t threads[8];
    struct stat st;
    char path[128];

    assert_ok(store_write(s, do_insert, &o));
    for (size_t i = 0; i < LENGTH(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &r), 0);
        usleep(2500);
    }
    for (o.version = 1; o.version < 1000; o.version++) { /* 200 MB in all */
        memset((char *)o.document.p, 'a' + (int)o.version % 2, o.document.len);
        assert_ok(store_write(s, do_update, &o));
    }
    atomic_store(&r.stop, true);
    for (size_t i = 0; i < LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    path_of(suite_place(), "latchkey.db-wal", path);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size < 100 * 1000 * 1000);
}

/* Lists */

enum { MANY = 3000 };

/* Every hundredth below parent 100, each with a name of its own. */
static enum err insert_crowd(struct tx *tx, void *arg UNUSED)
{
    char name[8];

    for (int n = 0; n < MANY; n++) {
        struct object o = thing(0);
        struct index_value v = { here, STR("thing"), STR("name"), { name, 6 }, nil };

        snprintf(name, sizeof(name), "%06d", n);
        o.id.b[13] = (unsigned char)(n >> 8);
        o.id.b[14] = (unsigned char)n;
        o.parent = n % 100 ? id_of(99) : id_of(100);
        v.id = o.id;
        TRY(tx_insert(tx, &o));
        TRY(tx_index_put(tx, &v));
    }
    return OK;
}

/* Steps that SQLite took for what was run on a new snapshot. */
static int steps_of(struct tx *tx, enum statement which)
{
    return sqlite3_stmt_status(connection_of(tx)->statements[which], SQLITE_STMTSTATUS_VM_STEP, 1);
}

STORE_TEST_OF(sqlite, sqlite_list, walks_over_what_it_shows_and_nothing_else)
{
    struct object_range below = {
        .environment = here, .type = STR("thing"), .has_parent = true, .parent = id_of(100), .limit = 10
    };
    struct index_range range = { .environment = here,
                                 .type = STR("thing"),
                                 .attribute = STR("name"),
                                 .match = INDEX_PREFIX,
                                 .value = STR("00"),
                                 .has_after = true,
                                 .after_value = STR("001500"),
                                 .limit = 10 };
    struct object_list list;
    struct tx *tx;

    assert_ok(store_write(s, insert_crowd, NULL));
    tx = snapshot(s);
    assert_ok(tx_list(tx, suite_arena(), &below, &list));
    assert_int_equal(list.n, 10);
    assert_in_range(steps_of(tx, OBJECT_LIST_BELOW), 10, 1000);
    assert_ok(tx_index_list(tx, suite_arena(), &range, &list));
    assert_int_equal(list.n, 10);
    assert_in_range(steps_of(tx, INDEX_UP), 10, 1000);
    range.descending = true;
    assert_ok(tx_index_list(tx, suite_arena(), &range, &list));
    assert_int_equal(list.n, 10);
    assert_in_range(steps_of(tx, INDEX_DOWN), 10, 1000);
}

/* A reader keeps its snapshot for the next one; a commit ends it. */
STORE_TEST_OF(sqlite, sqlite_readers, miss_nothing_that_was_committed_between_them)
{
    struct object o;

    for (unsigned char n = 1; n < 20; n++) {
        struct object new = thing(n);
        struct tx *before = snapshot(s);

        assert_err(tx_get(before, test_arena(), here, new.type, new.id, &o), NOT_FOUND);
        tx_end(before);
        assert_ok(store_write(s, do_insert, &new));
        assert_ok(tx_get(snapshot(s), test_arena(), here, new.type, new.id, &o));
    }
}
