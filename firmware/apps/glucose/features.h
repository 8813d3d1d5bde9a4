/* Glucose from an electrode's current, and where it goes, every five minutes. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_PERIOD_S = 300,
    FEATURES_MG = 10, /* glucose is in tenths of 1 mg/dL */
};

enum {
    NOW,     /* of the last five minutes */
    STEP,    /* less that of five minutes before */
    CHANGE,  /* in 20 minutes, by the straight line that fits the last 20 best */
    LONGER,  /* the same in 40 minutes, by the last 40 */
    AHEAD,   /* where NOW and CHANGE lead to in 20 minutes */
    BEND,    /* change of the last 20 minutes less that of the 20 before */
    LEAST,   /* of the last hour, less NOW */
    MOST,    /* of up to three hours, less NOW */
    SINCE,   /* minutes since then */
    FLUTTER, /* how far means are from the middle of their neighbours, on average over 40 minutes */
    AGE,     /* hours since the sensor began */
    N_FEATURES
};

/* The newest vector. */
extern feature features[N_FEATURES];

/* Take the mean current of five minutes [pA]; true when `features` tells about them. In its first two hours the sensor
 * settles, and nothing is told. */
bool features_add(int32_t current_pa);

#endif
