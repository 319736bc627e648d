/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "crypto/digest.h"
#include "crypto/hash_memory.h"
#include "crypto/password.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

enum { HASH_SIZE = 19 * 1024 * 1024, PAGE = 4096 };

static long peak_kib(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long peak = -1;

    assert_non_null(f);
    while (peak < 0 && fgets(line, sizeof(line), f))
        (void)sscanf(line, "VmHWM: %ld", &peak);
    fclose(f);
    return peak;
}

/* The peak is what is resident now (proc(5)). */
static void forget_peak(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");

    assert_non_null(f);
    assert_true(fputs("5", f) >= 0 && fclose(f) == 0);
}

/* -> how much more memory the check took than there was before it */
static long check(struct str hash, const char *password, bool *ret)
{
    long before;

    forget_peak();
    before = peak_kib();
    assert_ok(password_verify(hash, str_from(password), ret));
    return (peak_kib() - before) * 1024;
}

static struct str some_hash(void)
{
    struct str hash;

    assert_ok(crypto_init());
    assert_ok(password_hash(test_arena(), STR("correct horse"), &hash));
    return hash;
}

TEST(hash_memory, is_taken_once_for_many_hashes)
{
    struct str hash = some_hash();
    bool right;

    hash_memory_keep();
    (void)check(hash, "correct horse", &right);
    assert_true(right);
    assert_true(hash_memory_size() >= HASH_SIZE);
    for (int i = 0; i < 3; i++) {
        assert_true(check(hash, "correct horsf", &right) < HASH_SIZE / 2);
        assert_false(right);
        assert_true(check(hash, "correct horse", &right) < HASH_SIZE / 2);
        assert_true(right);
    }
    hash_memory_drop();
}

TEST(hash_memory, that_was_given_back_is_taken_anew)
{
    struct str hash = some_hash();
    bool right;

    for (int i = 0; i < 2; i++) {
        hash_memory_keep();
        assert_true(check(hash, "correct horse", &right) > HASH_SIZE / 2);
        assert_true(right);
        assert_true(hash_memory_size() >= HASH_SIZE);
        hash_memory_drop();
        hash_memory_drop();
        assert_int_equal(hash_memory_size(), 0);
    }
}

TEST(hash_memory, is_kept_by_nobody_who_did_not_ask)
{
    struct str hash = some_hash();
    bool right;

    for (int i = 0; i < 2; i++) {
        assert_true(check(hash, "correct horse", &right) > HASH_SIZE / 2);
        assert_true(right);
        assert_int_equal(hash_memory_size(), 0);
    }
}

/* What a library maps and unmaps by these names. */
static char *map(size_t size, int protection)
{
    void *(*mmap)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_DEFAULT, "mmap");
    char *p = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(p != MAP_FAILED);
    return p;
}

static int unmap(char *p, size_t size)
{
    int (*munmap)(void *, size_t) = dlsym(RTLD_DEFAULT, "munmap");

    return munmap(p, size);
}

static bool is_mapped(char *p)
{
    return msync(p, PAGE, MS_ASYNC) == 0;
}

static void map_and_unmap(size_t size, int protection)
{
    char *p = map(size, protection);

    assert_true(p[0] == 0 && p[size - 1] == 0);
    assert_int_equal(unmap(p, size), 0);
    assert_false(is_mapped(p));
    assert_int_equal(errno, ENOMEM);
    assert_int_equal(unmap(p + 1, size), -1);
    assert_int_equal(errno, EINVAL);
}

TEST(hash_memory, leaves_other_mappings_to_the_system)
{
    bool right;

    map_and_unmap(HASH_SIZE, PROT_READ);
    hash_memory_keep();
    (void)check(some_hash(), "correct horse", &right);
    map_and_unmap(HASH_SIZE, PROT_READ);
    map_and_unmap(4 * 1024 * 1024, PROT_READ | PROT_WRITE);
    hash_memory_drop();
}

TEST(hash_memory, that_is_lent_when_it_is_dropped_stays_the_borrowers)
{
    char *p;

    hash_memory_keep();
    p = map(HASH_SIZE, PROT_READ | PROT_WRITE);
    hash_memory_drop();
    assert_true(is_mapped(p));
    p[HASH_SIZE - 1] = 1;
    assert_int_equal(unmap(p, HASH_SIZE), 0);
    assert_false(is_mapped(p));
}

TEST(hash_memory, that_comes_back_in_part_is_not_lent_again)
{
    char *p, *other;

    hash_memory_keep();
    p = map(HASH_SIZE, PROT_READ | PROT_WRITE);
    assert_int_equal(unmap(p, PAGE), 0);
    assert_false(is_mapped(p));
    other = map(HASH_SIZE, PROT_READ | PROT_WRITE);
    assert_true(other >= p + HASH_SIZE || other + HASH_SIZE <= p + PAGE);
    assert_true(is_mapped(p + PAGE));
    assert_int_equal(unmap(p + PAGE, HASH_SIZE - PAGE), 0);
    assert_int_equal(unmap(other, HASH_SIZE), 0);
    hash_memory_drop();
}
