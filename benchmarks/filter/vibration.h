/* A vibration monitor's inner loop: two biquads, a 16-tap filter and the root mean square of each frame. */
#ifndef FILTER_VIBRATION_H
#define FILTER_VIBRATION_H

#include <stdint.h>

typedef struct {
    float b0, b1, b2, a1, a2, z1, z2;
} biquad;

typedef struct {
    biquad low, high;
    float taps[16];
    uint32_t seed;
} vibration;

void vibration_init(vibration *v);
uint32_t vibration_frame(vibration *v); /* the root mean square of one frame, in millionths */

#endif
