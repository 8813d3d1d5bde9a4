/* Four int8 values at once: the Cortex-M4's 16-bit pairs, or plain C.
 *
 * A word of four bytes b0..b3 is split into its even bytes (b0, b2) and its odd bytes (b1, b3), each widened
 * to 16 bits; a pair of pairs is then multiplied and summed in one instruction. NN_SIMD_MODEL gives C models
 * of the instructions, so that the same loops can be tested on a host. */
#ifndef COINCELL_NN_SIMD_H
#define COINCELL_NN_SIMD_H

#include <stdint.h>

#if defined(__ARM_FEATURE_DSP) || defined(NN_SIMD_MODEL)
#define NN_SIMD 1

typedef uint32_t __attribute__((may_alias, aligned(1))) nn_word;

static inline uint32_t nn_load4(const int8_t *bytes)
{
    return *(const nn_word *)bytes;
}

#if defined(__ARM_FEATURE_DSP)

static inline uint32_t nn_even(uint32_t word) /* SXTB16 */
{
    uint32_t pair;
    __asm("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t nn_odd(uint32_t word)
{
    uint32_t pair;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t nn_add_even(uint32_t offsets, uint32_t word) /* SXTAB16: offsets + even bytes */
{
    uint32_t pair;
    __asm("sxtab16 %0, %1, %2" : "=r"(pair) : "r"(offsets), "r"(word));
    return pair;
}

static inline uint32_t nn_add_odd(uint32_t offsets, uint32_t word)
{
    uint32_t pair;
    __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(pair) : "r"(offsets), "r"(word));
    return pair;
}

static inline int32_t nn_dot2(uint32_t a, uint32_t b, int32_t sum) /* SMLAD: both products */
{
    __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

static inline int32_t nn_mac_low(uint32_t a, uint32_t b, int32_t sum) /* SMLABB: the lower halves */
{
    __asm("smlabb %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

static inline int32_t nn_mac_high(uint32_t a, uint32_t b, int32_t sum) /* SMLATT: the upper halves */
{
    __asm("smlatt %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

#else

static inline uint32_t nn_pair(int32_t low, int32_t high)
{
    return ((uint32_t)low & 0xFFFFu) | ((uint32_t)high << 16);
}

static inline uint32_t nn_add_even(uint32_t offsets, uint32_t word)
{
    return nn_pair((int16_t)offsets + (int8_t)word, (int16_t)(offsets >> 16) + (int8_t)(word >> 16));
}

static inline uint32_t nn_add_odd(uint32_t offsets, uint32_t word)
{
    return nn_add_even(offsets, word >> 8);
}

static inline uint32_t nn_even(uint32_t word)
{
    return nn_add_even(0, word);
}

static inline uint32_t nn_odd(uint32_t word)
{
    return nn_add_odd(0, word);
}

static inline int32_t nn_mac_low(uint32_t a, uint32_t b, int32_t sum)
{
    return sum + (int16_t)a * (int16_t)b;
}

static inline int32_t nn_mac_high(uint32_t a, uint32_t b, int32_t sum)
{
    return nn_mac_low(a >> 16, b >> 16, sum);
}

static inline int32_t nn_dot2(uint32_t a, uint32_t b, int32_t sum)
{
    return nn_mac_high(a, b, nn_mac_low(a, b, sum));
}

#endif

/* `offset` (-128..128) in both halves. Input plus offset fits 16 bits, so adding it is free: SXTAB16. */
static inline uint32_t nn_offsets(int32_t offset)
{
    return ((uint32_t)offset & 0xFFFFu) | ((uint32_t)offset << 16);
}

#else
#define NN_SIMD 0
#endif

#endif
