/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A start while memory is short: each allocation fails in turn, in whatever thread makes it. What comes of it
 * is an error that is told, never a crash or a leak. Of the many that libraries make for themselves some
 * fail.
 */
#include "memory.h"

#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SAMPLES = 60 };

static char folder[] = "/dev/shm/latchkey-memory-XXXXXX"; /* thousands of starts need not wait for a disk */

void folder_empty(void)
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

void folder_make(void)
{
    log_setup(LOG_TEXT, LOG_ERROR + 1);
    assert_non_null(mkdtemp(folder));
}

void folder_remove(void)
{
    folder_empty();
    assert_int_equal(rmdir(folder), 0);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

enum err memory_start(struct server_fault *fault, struct server **ret)
{
    struct seeds seeds = { .client_secret = STR("memory-secret-of-the-client"),
                           .admin_username = STR("admin"),
                           .admin_password = STR("memory-password-1") };
    struct server_options options = { .data = folder, .http = { "127.0.0.1", 0 }, .seeds = &seeds };

    assert_ok(uuid_parse(STR(MEMORY_ENVIRONMENT), &seeds.environment));
    assert_ok(uuid_parse(STR(MEMORY_CLIENT), &seeds.client));
    return server_start(&options, fault, ret);
}

/* The libraries' own allocations. */

static _Atomic unsigned long library_fail_at, library_count;

static void libraries_at(unsigned long n)
{
    atomic_store(&library_count, 0);
    atomic_store(&library_fail_at, n);
}

static unsigned long libraries_count(void)
{
    return atomic_load(&library_count);
}

const struct failing failing_ours = { mem_fail_at, mem_count },
                     failing_libraries = { libraries_at, libraries_count };

static bool library_fails(void)
{
    unsigned long n = atomic_load(&library_fail_at);

    return n && atomic_fetch_add(&library_count, 1) + 1 == n;
}

static void *openssl_malloc(size_t size, const char *file UNUSED, int line UNUSED)
{
    return library_fails() ? NULL : malloc(size);
}

static void *openssl_realloc(void *p, size_t size, const char *file UNUSED, int line UNUSED)
{
    return library_fails() ? NULL : realloc(p, size);
}

static void openssl_free(void *p, const char *file UNUSED, int line UNUSED)
{
    free(p);
}

static sqlite3_mem_methods sqlite_own;

static void *sqlite_malloc(int size)
{
    return library_fails() ? NULL : sqlite_own.xMalloc(size);
}

static void *sqlite_realloc(void *p, int size)
{
    return library_fails() ? NULL : sqlite_own.xRealloc(p, size);
}

/* Before the libraries' first allocation: they take no other functions after that. */
__attribute__((constructor)) static void install(void)
{
    sqlite3_mem_methods methods;

    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1 ||
        sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own) != SQLITE_OK)
        abort();
    methods = sqlite_own;
    methods.xMalloc = sqlite_malloc;
    methods.xRealloc = sqlite_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
        abort();
}

unsigned long memory_stride(void)
{
    const char *quick = getenv("TEST_QUICK");

#ifdef __SANITIZE_THREAD__
    return 16; /* slow, and here to see threads meet */
#endif
    return quick && strcmp(quick, "1") == 0 ? 16 : 1;
}

/* Start with the n-th allocation failing. -> how many there were */
static unsigned long start_without(const struct failing *whose, unsigned long n)
{
    struct server *s = NULL;
    struct server_fault fault = { 0 };
    unsigned long made;
    enum err e;

    whose->at(n);
    e = memory_start(&fault, &s);
    made = whose->count();
    whose->at(0);
    if (e == OK)
        server_stop(s);
    else
        assert_true(fault.message[0]);
    assert_true(e == OK || made >= n);
    return made;
}

static void begin(bool filled)
{
    struct server_fault fault;
    struct server *s;

    folder_make();
    if (!filled)
        return;
    assert_ok(memory_start(&fault, &s));
    server_stop(s);
}

/* Nothing is left that could keep a server from starting. */
static void end(void)
{
    struct server_fault fault;
    struct server *s;

    assert_ok(memory_start(&fault, &s));
    server_stop(s);
    folder_remove();
}

static void start_in_all_ways(bool filled)
{
    unsigned long n = 1;

    begin(filled);
    while (n < ROUNDS_MAX && start_without(&failing_ours, n) >= n) {
        if (!filled)
            folder_empty();
        n += memory_stride();
    }
    assert_in_range(n, 1000, ROUNDS_MAX - 1);
    end();
}

TEST(memory, lacks_while_a_store_is_made_and_filled)
{
    start_in_all_ways(false);
}

TEST(memory, lacks_while_a_server_starts)
{
    start_in_all_ways(true);
}

static void start_with_samples(bool filled)
{
    unsigned long all;

    begin(filled);
    all = start_without(&failing_libraries, ULONG_MAX);
    assert_true(all > SAMPLES);
    for (unsigned long i = 0; i < SAMPLES; i++) {
        if (!filled)
            folder_empty();
        start_without(&failing_libraries, 1 + i * all / SAMPLES);
    }
    end();
}

TEST(memory, is_refused_to_libraries_while_a_store_is_made_and_filled)
{
    start_with_samples(false);
}

TEST(memory, is_refused_to_libraries_while_a_server_starts)
{
    start_with_samples(true);
}
