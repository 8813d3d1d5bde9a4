#include "work.h"

enum { NUMBERS = 24, TEXT = NUMBERS * 12 };

typedef enum { START, SIGN, ZERO, INTEGER, HEXADECIMAL, FRACTION, WRONG } state;

static char text[TEXT];

/* Decimal, hexadecimal, with a fraction, with a sign, or wrong: what the seed says. */
static size_t write_number(char *to, uint32_t value, uint32_t kind)
{
    size_t at = 0;
    if (kind & 4u)
        to[at++] = '-';
    const uint32_t base = (kind & 3u) == 1u ? 16u : 10u;
    if (base == 16u) {
        to[at++] = '0';
        to[at++] = 'x';
    }
    char digits[8];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (count) {
        to[at++] = digits[--count];
        if (count == 1 && (kind & 3u) == 2u)
            to[at++] = '.';
    }
    if ((kind & 3u) == 3u && (kind & 8u))
        to[at++] = '?';
    to[at++] = ' ';
    return at;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static state step(state now, char c, uint32_t *value)
{
    const int d = digit(c);
    switch (now) {
    case START:
        *value = 0;
        if (c == '-')
            return SIGN;
        /* fall through */
    case SIGN:
        *value = (uint32_t)d;
        return d == 0 ? ZERO : d < 10 ? INTEGER : WRONG;
    case ZERO:
        if (c == 'x')
            return HEXADECIMAL;
        /* fall through */
    case INTEGER:
        if (c == '.')
            return FRACTION;
        /* fall through */
    case FRACTION:
        if (d >= 10)
            return WRONG;
        *value = *value * 10u + (uint32_t)d;
        return now == FRACTION ? FRACTION : INTEGER;
    case HEXADECIMAL:
        *value = *value * 16u + (uint32_t)d;
        return d < 16 ? HEXADECIMAL : WRONG;
    default:
        return WRONG;
    }
}

uint32_t parser_work(uint32_t seed)
{
    size_t length = 0;
    for (unsigned i = 0; i < NUMBERS; i++) {
        const uint32_t random = next_random(&seed);
        length += write_number(text + length, random & 0x3ffffu, random >> 20);
    }
    uint32_t ends[WRONG + 1] = {0}, sum = 0, value = 0;
    state now = START;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ' ') {
            ends[now]++;
            sum += now == WRONG ? 1u : value;
            now = START;
        } else {
            now = step(now, text[i], &value);
        }
    }
    for (unsigned i = 0; i <= WRONG; i++)
        sum = sum * 5u + ends[i];
    return sum;
}
