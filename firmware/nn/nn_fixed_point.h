/* The fixed-point arithmetic of TensorFlow Lite's reference kernels (gemmlowp's double rounding, and the single one). */
#ifndef COINCELL_NN_FIXED_POINT_H
#define COINCELL_NN_FIXED_POINT_H

#include <stdint.h>

#include "nn_kernels.h"

/* (a * b) / 2^31 rounded to nearest, halves up. gemmlowp nudges by sign and then truncates; that is the same
 * number. Its one overflow (both INT32_MIN) cannot happen here: every factor `b` is positive or a fraction. */
static inline int32_t nn_doubling_high_mul(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* x / 2^exponent rounded to nearest, halves away from zero; exponent 0..31. */
static inline int32_t nn_rounding_shift_right(int32_t x, int exponent)
{
    int32_t mask = (int32_t)((1u << exponent) - 1u);
    int32_t remainder = x & mask;
    int32_t threshold = (mask >> 1) + (x < 0);
    return (x >> exponent) + (remainder > threshold);
}

static inline int32_t nn_shift_left(int32_t x, int count)
{
    return (int32_t)((uint32_t)x << count);
}

/* x * multiplier * 2^(shift - 31), rounded twice as the reference kernels do; shift -31..30. */
static inline int32_t nn_requantize(int32_t x, int32_t multiplier, int shift)
{
    if (shift > 0)
        return nn_doubling_high_mul(nn_shift_left(x, shift), multiplier);
    return nn_rounding_shift_right(nn_doubling_high_mul(x, multiplier), -shift);
}

static inline int32_t nn_clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

#if defined(__ARM_FEATURE_DSP) || defined(NN_SIMD_MODEL)
#define NN_FAST_OUTPUT 1

/* (a * b + 2^31) / 2^32, rounded down [SMMULR] */
static inline int32_t nn_rounded_high_mul(int32_t a, int32_t b)
{
#if defined(__ARM_FEATURE_DSP)
    int32_t q;
    __asm("smmulr %0, %1, %2" : "=r"(q) : "r"(a), "r"(b));
    return q;
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 31)) >> 32);
#endif
}

/* x / 2, rounded down, and the nearest int8 of that [SSAT] */
static inline int32_t nn_saturated_half(int32_t x)
{
#if defined(__ARM_FEATURE_DSP)
    int32_t q;
    __asm("ssat %0, #8, %1, asr #1" : "=r"(q) : "r"(x));
    return q;
#else
    return nn_clamp(x >> 1, INT8_MIN, INT8_MAX);
#endif
}

/* An accumulator, |sum| < 2^30, on the output's scale: (2 sum * multiplier + 2^31) / 2^32 is the doubling high
 * product; then a rounding shift by n = -shift, halves away from zero, and the offset in one go:
 * floor((u + 2^(n-1)) / 2^n) + offset == (floor(u / 2^(n-1)) + 1 + 2 * offset) >> 1. `twice` is 2 offset + 1. */
static inline int32_t nn_fast_output(const nn_channel *channel, int32_t twice, int32_t sum)
{
    int32_t q = nn_rounded_high_mul(nn_shift_left(sum, 1), channel->multiplier);
    return nn_saturated_half(((q + (q >> 31)) >> ~channel->shift) + twice);
}
#endif

/* An accumulator as the quantised output of its channel. The fast way needs |sum| < 2^30: the converter marks
 * the channels for which that is not sure. */
static inline int8_t nn_output_of(const nn_channel *channel, const nn_range *range, int32_t sum)
{
#if defined(NN_FAST_OUTPUT)
    if (channel->shift < 0) {
        int32_t q = nn_fast_output(channel, 2 * range->offset + 1, sum);
        return (int8_t)nn_clamp(q, range->min, range->max);
    }
#endif
    int shift = channel->shift > 31 ? channel->shift - NN_WIDE : channel->shift;
    int32_t q = nn_requantize(sum, channel->multiplier, shift) + range->offset;
    return (int8_t)nn_clamp(q, range->min, range->max);
}

/* Whether outputs may be all of int8: then nothing is left to clamp. */
static inline int nn_is_full(const nn_range *range)
{
    return range->min == INT8_MIN && range->max == INT8_MAX;
}

/* The same for fully connected layers, whose reference kernel rounds once (convolutions round twice). */
static inline int8_t nn_output_once(const nn_channel *channel, const nn_range *range, int32_t sum)
{
    int down = 31 - channel->shift; /* 1..62 */
    int64_t q = ((int64_t)sum * channel->multiplier + ((int64_t)1 << (down - 1))) >> down;
    return (int8_t)nn_clamp((int32_t)q + range->offset, range->min, range->max);
}

#endif
