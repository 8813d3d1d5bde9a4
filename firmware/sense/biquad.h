/* A second-order filter: y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]. */
#ifndef SENSE_BIQUAD_H
#define SENSE_BIQUAD_H

#include <stdint.h>

/* A coefficient below 4 in 2^-29, a constant expression. Filters are designed elsewhere, for instance by
 * scipy.signal.butter(2, hz, fs=rate, output="sos"): a row there is b0, b1, b2, 1, a1, a2. */
#define SENSE_BIQUAD_Q29(real) ((int32_t)((real) * 536870912.0 + ((real) < 0 ? -0.5 : 0.5)))

typedef struct {
    int32_t b0, b1, b2, a1, a2;
} sense_biquad_design;

/* A zeroed state is a filter at rest. */
typedef struct {
    int32_t x1, x2, y1, y2;
    uint32_t rest; /* what rounding left of the last output: added to the next, so slow filters stay exact */
} sense_biquad_state;

/* The next output. Inputs and outputs stay below 2^28 in magnitude: give samples some fraction bits. */
int32_t sense_biquad(const sense_biquad_design *design, sense_biquad_state *state, int32_t x);

#endif
