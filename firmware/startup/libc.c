/* The functions that compilers call by themselves, without a C library. Word-wise where both pointers agree
 * in their low bits: this is what copies features and tensors about. */
#include "string.h"

#include <stdint.h>

/* A compiler that recognises these loops would replace them by calls to the very same function. */
#if defined(__clang__)
#define NO_IDIOM __attribute__((no_builtin, used))
#else
#define NO_IDIOM __attribute__((optimize("no-tree-loop-distribute-patterns"), used))
#endif

typedef uint32_t __attribute__((may_alias)) word;

enum { WORD = sizeof(word), BLOCK = 4 * WORD };

static inline int aligned_alike(const void *a, const void *b)
{
    return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

/* Correct for `to` below `from` even where they overlap: every load precedes the stores behind it. */
NO_IDIOM static void copy_upwards(uint8_t *d, const uint8_t *s, size_t count)
{
    if (aligned_alike(d, s)) {
        for (; count && ((uintptr_t)d & (WORD - 1)); count--)
            *d++ = *s++;
        for (; count >= BLOCK; count -= BLOCK, d += BLOCK, s += BLOCK) {
            const word *ws = (const word *)s;
            word *wd = (word *)d;
            word a = ws[0], b = ws[1], c = ws[2], e = ws[3];
            wd[0] = a;
            wd[1] = b;
            wd[2] = c;
            wd[3] = e;
        }
        for (; count >= WORD; count -= WORD, d += WORD, s += WORD)
            *(word *)d = *(const word *)s;
    }
    while (count--)
        *d++ = *s++;
}

NO_IDIOM void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    copy_upwards(to, from, count);
    return to;
}

NO_IDIOM void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *d = to;
    const uint8_t *s = from;
    if ((uintptr_t)d - (uintptr_t)s >= count) { /* d before s, or beyond its end */
        copy_upwards(d, s, count);
        return to;
    }
    d += count;
    s += count;
    if (aligned_alike(d, s)) {
        for (; count && ((uintptr_t)d & (WORD - 1)); count--)
            *--d = *--s;
        for (; count >= WORD; count -= WORD) {
            d -= WORD;
            s -= WORD;
            *(word *)d = *(const word *)s;
        }
    }
    while (count--)
        *--d = *--s;
    return to;
}

NO_IDIOM void *memset(void *to, int value, size_t count)
{
    uint8_t *d = to;
    word pattern = (uint8_t)value * 0x01010101u;
    for (; count && ((uintptr_t)d & (WORD - 1)); count--)
        *d++ = (uint8_t)value;
    for (; count >= BLOCK; count -= BLOCK, d += BLOCK) {
        word *wd = (word *)d;
        wd[0] = pattern;
        wd[1] = pattern;
        wd[2] = pattern;
        wd[3] = pattern;
    }
    for (; count >= WORD; count -= WORD, d += WORD)
        *(word *)d = pattern;
    while (count--)
        *d++ = (uint8_t)value;
    return to;
}

NO_IDIOM int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *p = a, *q = b;
    if (aligned_alike(p, q) && ((uintptr_t)p & (WORD - 1)) == 0)
        for (; count >= WORD && *(const word *)p == *(const word *)q; count -= WORD) {
            p += WORD;
            q += WORD;
        }
    for (; count; count--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

NO_IDIOM size_t strlen(const char *text)
{
    const char *end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}

/* The names that the Arm run-time ABI gives them (IHI 0043, 4.3.4); memset's order of arguments differs. */
#if defined(__arm__)
#define ALIAS_OF(function) __attribute__((alias(#function), used))
void __aeabi_memcpy(void *, const void *, size_t) ALIAS_OF(memcpy);
void __aeabi_memcpy4(void *, const void *, size_t) ALIAS_OF(memcpy);
void __aeabi_memcpy8(void *, const void *, size_t) ALIAS_OF(memcpy);
void __aeabi_memmove(void *, const void *, size_t) ALIAS_OF(memmove);
void __aeabi_memmove4(void *, const void *, size_t) ALIAS_OF(memmove);
void __aeabi_memmove8(void *, const void *, size_t) ALIAS_OF(memmove);
NO_IDIOM void __aeabi_memset(void *to, size_t count, int value)
{
    memset(to, value, count);
}
void __aeabi_memset4(void *, size_t, int) ALIAS_OF(__aeabi_memset);
void __aeabi_memset8(void *, size_t, int) ALIAS_OF(__aeabi_memset);
NO_IDIOM void __aeabi_memclr(void *to, size_t count)
{
    memset(to, 0, count);
}
void __aeabi_memclr4(void *, size_t) ALIAS_OF(__aeabi_memclr);
void __aeabi_memclr8(void *, size_t) ALIAS_OF(__aeabi_memclr);
#endif
