/* SPDX-License-Identifier: Apache-2.0 */
/* The real clock, and RFC 3339 times. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_ns(clockid_t clock)
{
    struct timespec t = { 0 };

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_coarse_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC_COARSE);
}

bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ns)
{
    const struct timespec until = { .tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000 };

    return pthread_cond_clockwait(condition, lock, CLOCK_MONOTONIC, &until) == 0;
}

void clock_format(int64_t ms, char text[CLOCK_TEXT_SIZE])
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char all[64];

    gmtime_r(&s, &tm);
    snprintf(all, sizeof(all), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms % 1000));
    memcpy(text, all, CLOCK_TEXT_SIZE - 1);
    text[CLOCK_TEXT_SIZE - 1] = '\0';
}

/* `digits` decimal digits at the front of s. */
static enum err take_number(struct str *s, size_t digits, int *ret)
{
    int64_t n;

    if (s->len < digits || s->p[0] == '-')
        return INVALID;
    TRY(str_int(str_slice(*s, 0, digits), &n));
    *s = str_slice(*s, digits, s->len);
    *ret = (int)n;
    return OK;
}

static enum err take_char(struct str *s, const char *any)
{
    if (s->len == 0 || !strchr(any, s->p[0]))
        return INVALID;
    *s = str_slice(*s, 1, s->len);
    return OK;
}

static enum err take_fraction(struct str *s, int *ret_ms)
{
    size_t digits = 0;
    int ms = 0;

    if (s->len == 0 || s->p[0] != '.')
        return OK;
    *s = str_slice(*s, 1, s->len);
    for (; digits < s->len && s->p[digits] >= '0' && s->p[digits] <= '9'; digits++)
        if (digits < 3)
            ms = ms * 10 + (s->p[digits] - '0');
    if (digits == 0 || digits > 9)
        return INVALID;
    for (size_t i = digits; i < 3; i++)
        ms *= 10;
    *s = str_slice(*s, digits, s->len);
    *ret_ms = ms;
    return OK;
}

static enum err take_offset(struct str *s, int *ret_minutes)
{
    int hours, minutes, sign;

    if (s->len == 1 && (s->p[0] == 'Z' || s->p[0] == 'z'))
        return OK;
    sign = s->len && s->p[0] == '-' ? -1 : 1;
    TRY(take_char(s, "+-"));
    TRY(take_number(s, 2, &hours));
    TRY(take_char(s, ":"));
    TRY(take_number(s, 2, &minutes));
    if (s->len || hours > 23 || minutes > 59)
        return INVALID;
    *ret_minutes = sign * (hours * 60 + minutes);
    return OK;
}

static bool is_real_date(const struct tm *tm)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = tm->tm_year + 1900;
    bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

    if (tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1)
        return false;
    return tm->tm_mday <= days[tm->tm_mon] + (tm->tm_mon == 1 && leap);
}

enum err clock_parse(struct str s, int64_t *ret_ms)
{
    struct tm tm = { 0 };
    int ms = 0, offset = 0;

    TRY(take_number(&s, 4, &tm.tm_year));
    TRY(take_char(&s, "-"));
    TRY(take_number(&s, 2, &tm.tm_mon));
    TRY(take_char(&s, "-"));
    TRY(take_number(&s, 2, &tm.tm_mday));
    TRY(take_char(&s, "Tt"));
    TRY(take_number(&s, 2, &tm.tm_hour));
    TRY(take_char(&s, ":"));
    TRY(take_number(&s, 2, &tm.tm_min));
    TRY(take_char(&s, ":"));
    TRY(take_number(&s, 2, &tm.tm_sec));
    TRY(take_fraction(&s, &ms));
    TRY(take_offset(&s, &offset));
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    if (!is_real_date(&tm) || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
        return INVALID;
    *ret_ms = ((int64_t)timegm(&tm) - offset * 60) * 1000 + ms;
    return OK;
}
