/* What frequencies are in a window of samples: Hann window and real FFT, in integers. */
#ifndef SENSE_SPECTRUM_H
#define SENSE_SPECTRUM_H

#include <stdint.h>

enum { SENSE_SPECTRUM_MIN = 16, SENSE_SPECTRUM_MAX = 1024 };

/* Transform `size` samples, a power of two from SENSE_SPECTRUM_MIN to SENSE_SPECTRUM_MAX, less their mean, into
 * `bins`: size + 2 words, real and imaginary part of bins 0 to size / 2.
 *
 * Scale: bins are the sum over samples * window * e^(-2 pi i k n / size), times 2^14 / size. Every stage halves,
 * so nothing overflows at any input, and 14 bits below the sample keep what that costs. */
void sense_spectrum(const int16_t *samples, uint32_t size, int32_t *bins);

/* Power of one bin: a sine of amplitude A in the middle of a bin gives A * A * 2^16 there, and a quarter of that
 * in both neighbours. */
uint64_t sense_bin_power(const int32_t *bins, uint32_t bin);

/* Sum of the powers of bins first <= k < end; times 2/3 it is the power of the sines that lie well within. */
uint64_t sense_band_power(const int32_t *bins, uint32_t first, uint32_t end);

/* The bin from first <= k < end that has most power, the lowest of equal ones. */
uint32_t sense_peak(const int32_t *bins, uint32_t first, uint32_t end);

#endif
