/* What a window of 2.15 s is like, from acceleration (8 g full scale) and rotation (2000 dps) at 59.5 Hz. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum { FEATURES_RATE_MHZ = 59500, FEATURES_WINDOW = 128 };

/* Powers are log2 in 1/256. Bands of acceleration are those of its magnitude, of rotation those of all axes. */
enum {
    MEAN_X, MEAN_Y, MEAN_Z,     /* how the wrist is held [1/1024 g] */
    ACCELERATION_BANDS,         /* powers, from the slowest; edges are in features.c */
    N_ACCELERATION_BANDS = 7,
    ROTATION_BANDS = ACCELERATION_BANDS + N_ACCELERATION_BANDS,
    N_ROTATION_BANDS = 5,
    STEP = ROTATION_BANDS + N_ROTATION_BANDS, /* strongest frequency of acceleration that may be steps [0.465 Hz] */
    HARMONICS,                  /* power at its multiples from the second on, less that at itself */
    N_HARMONICS = 3,
    SWING = HARMONICS + N_HARMONICS, /* strongest frequency of rotation [0.465 Hz] */
    LEAST, MOST,                /* magnitude of acceleration [1/1024 g] */
    N_FEATURES
};

/* The vector of the newest window. */
extern feature features[N_FEATURES];

/* Take a sample; true when it completes a window and `features` tells about it. */
bool features_add(const int16_t acceleration[3], const int16_t rotation[3]);

#endif
