/* What is warmer in a frame of 8 x 8 pixels than the room behind it. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdint.h>

typedef int8_t feature;

enum {
    FEATURES_SIDE = 8,
    N_FEATURES = FEATURES_SIDE * FEATURES_SIDE,
    FEATURES_PER_DEGREE = 8,
};

/* The newest frame: pixel above its background, less the median over the frame (what warms the whole room, or the
 * part itself) [1/8 degree], row by row. */
extern feature features[N_FEATURES];

/* Take a frame in quarters of a degree. The first is the background; after that each pixel of it follows slowly. */
void features_add(const int16_t pixels[N_FEATURES]);

#endif
