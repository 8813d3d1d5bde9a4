/* What is warmer in a frame of 8 x 8 pixels than the room behind it: now, and over the last half second. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdint.h>

typedef int8_t feature;

enum { NOW, LATELY, FEATURES_VIEWS };

enum {
    FEATURES_SIDE = 8,
    FEATURES_PIXELS = FEATURES_SIDE * FEATURES_SIDE,
    N_FEATURES = FEATURES_PIXELS * FEATURES_VIEWS,
    FEATURES_PER_DEGREE = 8,
};

/* Of the newest frame, row by row and of each pixel NOW and LATELY: how far it is above its background, less the
 * median over the frame (what warms the whole room, or the part itself) [1/8 degree]. LATELY follows by a quarter
 * a frame: a small pet is hardly more than the noise of one. */
extern feature features[N_FEATURES];

/* Take a frame in quarters of a degree. The first is the background; after that each pixel of it follows slowly, and
 * knows how fast it warms. What stands still for minutes becomes part of it. */
void features_add(const int16_t pixels[FEATURES_PIXELS]);

#endif
