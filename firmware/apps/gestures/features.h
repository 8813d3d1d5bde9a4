/* How a held device moved in the last 1.3 s, from acceleration (8 g full scale) and rotation (500 dps) at 59.5 Hz. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int8_t feature;

enum {
    FEATURES_RATE_MHZ = 59500,
    FEATURES_PER_FRAME = 2, /* samples */
    N_FRAMES = 40,
    N_CHANNELS = 6, /* acceleration x, y, z [1/64 g], rotation x, y, z [2 dps], less their slow mean */
    N_FEATURES = N_FRAMES * N_CHANNELS,
};

/* The newest vector: frames from the oldest to the newest, the channels of a frame side by side. */
extern feature features[N_FEATURES];

/* Take a sample; true when it completes a frame and the hand has moved lately: then `features` tells how. */
bool features_add(const int16_t acceleration[3], const int16_t rotation[3]);

#endif
