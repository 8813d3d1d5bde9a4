/* Heart beats in an electrocardiogram, sample by sample. */
#ifndef BEATS_H
#define BEATS_H

#include <stdbool.h>
#include <stdint.h>

enum { BEATS_RATE_HZ = 125, BEATS_PER_SAMPLE = 16 /* steps of a beat's time */ };

/* Take a sample. True when a beat is complete, some 80 ms after its R wave; `when` is the middle of its QRS complex,
 * counted from the first sample on [1/16 sample], wrapping. */
bool beats_add(int16_t sample, uint32_t *when);

#endif
