/* What a window of samples is like. A zeroed state is an empty one; windows of up to 65535 samples. */
#ifndef SENSE_STATISTICS_H
#define SENSE_STATISTICS_H

#include <stdint.h>

typedef struct {
    int64_t squares;
    int32_t sum;
    uint16_t count;
    int16_t least, most;
} sense_statistics;

/* Take one more sample. */
void sense_statistics_add(sense_statistics *state, int16_t sample);

/* Mean, rounded; 0 of nothing. */
int32_t sense_mean(const sense_statistics *state);

/* Mean square, and mean square about the mean (the variance of the whole window), rounded down; 0 of nothing. */
uint32_t sense_power(const sense_statistics *state);
uint32_t sense_variance(const sense_statistics *state);

/* How often `count` samples go from at most `level - margin` to at least `level + margin`, or back. */
uint32_t sense_crossings(const int16_t *samples, uint32_t count, int32_t level, int32_t margin);

/* Put `values` in order, the least first: for a few dozen. */
void sense_sort(int32_t *values, uint32_t count);

#endif
