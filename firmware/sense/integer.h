/* Functions of integers that a core has no instruction for. */
#ifndef SENSE_INTEGER_H
#define SENSE_INTEGER_H

#include <stdint.h>

/* The largest integer whose square is not above `value`. */
uint32_t sense_sqrt(uint64_t value);

/* log2(value) in 1/256, rounded, now and then one off; 0 for 0. */
int32_t sense_log2_q8(uint64_t value);

/* `value` held within low..high. */
static inline int32_t sense_clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* `value` held within what a feature of a byte, or of a halfword, can be. */
static inline int8_t sense_int8(int32_t value)
{
    return (int8_t)sense_clamp(value, INT8_MIN, INT8_MAX);
}

static inline int16_t sense_int16(int32_t value)
{
    return (int16_t)sense_clamp(value, INT16_MIN, INT16_MAX);
}

#endif
