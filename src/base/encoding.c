/* SPDX-License-Identifier: Apache-2.0 */
/* Text forms of octets. */
#include "base/encoding.h"

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* What each digit is worth, and 1; 0: no digit. The two alphabets share all but the last two. */
static const unsigned char digit_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62,
};

/* The same for hexadecimal. */
static const unsigned char hex_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* -> what the digit is worth; -1: no digit of this alphabet */
static int digit_value(const char *alphabet, char c)
{
    unsigned char value = digit_values[(unsigned char)c];

    if (value)
        return value - 1;
    if (c == alphabet[62])
        return 62;
    return c == alphabet[63] ? 63 : -1;
}

int hex_digit(char c)
{
    return hex_values[(unsigned char)c] - 1;
}

enum err hex_encode(struct arena *a, struct str octets, struct str *ret)
{
    static const char digits[] = "0123456789abcdef";
    char *p = arena_alloc(a, octets.len * 2 + 1);

    if (!p)
        return NO_MEMORY;
    for (size_t i = 0; i < octets.len; i++) {
        p[2 * i] = digits[(unsigned char)octets.p[i] >> 4];
        p[2 * i + 1] = digits[octets.p[i] & 15];
    }
    *ret = (struct str){ p, octets.len * 2 };
    return OK;
}

enum err hex_decode(struct arena *a, struct str text, struct str *ret)
{
    char *p = arena_alloc(a, text.len / 2 + 1);

    if (!p)
        return NO_MEMORY;
    if (text.len % 2)
        return INVALID;
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);

        if (high < 0 || low < 0)
            return INVALID;
        p[i / 2] = (char)(high << 4 | low);
    }
    *ret = (struct str){ p, text.len / 2 };
    return OK;
}

/* Without padding; its caller adds that. */
static enum err encode64(struct arena *a, const char *alphabet, struct str octets, struct str *ret)
{
    const unsigned char *in = (const unsigned char *)octets.p;
    char *p = arena_alloc(a, octets.len / 3 * 4 + 5);
    unsigned bits = 0, held = 0;
    size_t at = 0;

    if (!p)
        return NO_MEMORY;
    for (size_t i = 0; i < octets.len; i++) {
        bits = bits << 8 | in[i];
        for (held += 8; held >= 6; held -= 6)
            p[at++] = alphabet[bits >> (held - 6) & 63];
    }
    if (held)
        p[at++] = alphabet[bits << (6 - held) & 63];
    *ret = (struct str){ p, at };
    return OK;
}

static enum err decode64(struct arena *a, const char *alphabet, struct str text, struct str *ret)
{
    char *p = arena_alloc(a, text.len / 4 * 3 + 3);
    unsigned bits = 0, held = 0;
    size_t at = 0;

    if (!p)
        return NO_MEMORY;
    if (text.len % 4 == 1)
        return INVALID;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(alphabet, text.p[i]);

        if (value < 0)
            return INVALID;
        bits = bits << 6 | (unsigned)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            p[at++] = (char)(bits >> held);
        }
    }
    if (bits & ((1u << held) - 1))
        return INVALID;
    *ret = (struct str){ p, at };
    return OK;
}

enum err base64_encode(struct arena *a, struct str octets, struct str *ret)
{
    struct str bare;
    char *p;

    TRY(encode64(a, base64_alphabet, octets, &bare));
    p = (char *)bare.p; /* ours, with room for the padding */
    while (bare.len % 4)
        p[bare.len++] = '=';
    *ret = bare;
    return OK;
}

enum err base64_decode(struct arena *a, struct str text, struct str *ret)
{
    if (text.len % 4)
        return INVALID;
    for (int i = 0; i < 2 && text.len && text.p[text.len - 1] == '='; i++)
        text.len--;
    return decode64(a, base64_alphabet, text, ret);
}

enum err base64url_encode(struct arena *a, struct str octets, struct str *ret)
{
    return encode64(a, base64url_alphabet, octets, ret);
}

enum err base64url_decode(struct arena *a, struct str text, struct str *ret)
{
    return decode64(a, base64url_alphabet, text, ret);
}

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr("-._~", c));
}

void percent_encode(struct buf *b, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (is_unreserved(s.p[i]))
            buf_add_char(b, s.p[i]);
        else
            buf_add(b, (struct str){ (char[]){ '%', digits[c >> 4], digits[c & 15] }, 3 });
    }
}

enum err percent_decode(struct arena *a, struct str text, bool form, struct str *ret)
{
    char *p = arena_alloc(a, text.len + 1);
    size_t plain = form ? 0 : str_index(text, '%'); /* most have no escape at all */
    size_t at = plain;

    if (!p)
        return NO_MEMORY;
    memcpy(p, text.p, plain);
    for (size_t i = plain; i < text.len; i++) {
        char c = text.p[i];

        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.p[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.p[i + 2]) : -1;

            if (high < 0 || low < 0)
                return INVALID;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        p[at++] = c;
    }
    *ret = (struct str){ p, at };
    return OK;
}
