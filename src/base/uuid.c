/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs of RFC 9562. */
#include "base/uuid.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/random.h"

#include <pthread.h>

static void set_version(struct uuid *u, unsigned version)
{
    u->b[6] = (unsigned char)((u->b[6] & 0x0f) | version << 4);
    u->b[8] = (unsigned char)((u->b[8] & 0x3f) | 0x80);
}

/* Milliseconds and a counter in one number that only grows, also when the clock steps back (RFC 9562 6.2). */
static uint64_t next_tick(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t last;
    uint64_t now = (uint64_t)clock_now_ms() << 12;

    pthread_mutex_lock(&lock);
    last = now > last ? now : last + 1;
    now = last;
    pthread_mutex_unlock(&lock);
    return now;
}

struct uuid uuid_v7(void)
{
    uint64_t tick = next_tick();
    struct uuid u;

    for (int i = 0; i < 6; i++)
        u.b[i] = (unsigned char)(tick >> (52 - 8 * i));
    u.b[6] = (unsigned char)(tick >> 8 & 0x0f);
    u.b[7] = (unsigned char)tick;
    random_bytes(u.b + 8, 8);
    set_version(&u, 7);
    return u;
}

struct uuid uuid_v4(void)
{
    struct uuid u;

    random_bytes(u.b, sizeof(u.b));
    set_version(&u, 4);
    return u;
}

struct uuid uuid_v8(const unsigned char digest[16])
{
    struct uuid u;

    memcpy(u.b, digest, sizeof(u.b));
    set_version(&u, 8);
    return u;
}

static bool is_hyphen_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

enum err uuid_parse(struct str s, struct uuid *ret)
{
    struct uuid u;
    size_t at = 0;

    if (s.len != UUID_TEXT_LENGTH)
        return INVALID;
    for (size_t i = 0; i < s.len; i += 2) {
        int high, low;

        if (is_hyphen_place(i)) {
            if (s.p[i++] != '-')
                return INVALID;
        }
        high = hex_digit(s.p[i]);
        low = hex_digit(s.p[i + 1]);
        if (high < 0 || low < 0)
            return INVALID;
        u.b[at++] = (unsigned char)(high << 4 | low);
    }
    *ret = u;
    return OK;
}

void uuid_format(struct uuid u, char text[UUID_TEXT_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    char *p = text;

    for (size_t i = 0; i < sizeof(u.b); i++) {
        *p++ = digits[u.b[i] >> 4];
        *p++ = digits[u.b[i] & 15];
        if (is_hyphen_place((size_t)(p - text)))
            *p++ = '-';
    }
    *p = '\0';
}

enum err uuid_text(struct arena *a, struct uuid u, struct str *ret)
{
    char text[UUID_TEXT_LENGTH + 1];

    uuid_format(u, text);
    return str_copy(a, (struct str){ text, UUID_TEXT_LENGTH }, ret);
}

bool uuid_eq(struct uuid a, struct uuid b)
{
    return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool uuid_is_nil(struct uuid u)
{
    return uuid_eq(u, (struct uuid){ { 0 } });
}
