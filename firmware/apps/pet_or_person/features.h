/* How strong and how fast the fringes of a PIR detector's lens are crossed, from 32 readings a second. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_RATE_HZ = 32,
    FEATURES_BLOCK = 16,    /* readings: a vector every half second */
    FEATURES_WINDOW = 128,  /* readings: it is about the last four seconds */
    FEATURES_STEP_UV = 879, /* of a reading, 3.6 V / 4096 */
    FEATURES_BANDS = 7,     /* from 0.375, 0.875, 1.375, 1.875, 2.875, 4.375 and 6.375 Hz; the last ends at 10.4 */
};

/* Levels are log2 of a power, in eighths. */
enum {
    PEAK,     /* farthest reading from rest in the window [steps] */
    HIGHEST,  /* and since the movement began */
    LEVEL,    /* of the whole window */
    NEWEST,   /* of its last second, less that */
    AGE,      /* blocks since the movement began, at most 255 */
    TURNS,    /* how often the reading crosses rest, by a quarter of the peak */
    BAND,     /* level of each band, less that of the window */
    N_FEATURES = BAND + FEATURES_BANDS
};

/* The vector of the newest block. */
extern feature features[N_FEATURES];

/* Take a block of readings [steps]; true while something moves: `features` tell about it. */
bool features_add(const int16_t readings[FEATURES_BLOCK]);

#endif
