/* How a home is lived in: movement, the air's heat and damp, and what is usual at this hour, every quarter of one. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_PERIOD_S = 900,
    FEATURES_DAY = 96, /* quarters */
};

enum {
    QUARTER,   /* of the day, from midnight */
    WEEKEND,   /* 1 on Saturday and Sunday */
    MOVES,     /* how often somebody began to move in the last quarter of an hour */
    MOVES_60,  /* and in the last hour */
    MOVES_240, /* and in the last four */
    STILL,     /* quarters without movement up to now, at most FEATURES_DAY */
    WARMER,    /* change of temperature in the last hour [hundredths of a kelvin] */
    DAMPER,    /* change of relative humidity in the last hour [hundredths of a percent] */
    DAMPER_3,  /* and in the last three */
    DAMP,      /* humidity less its mean over a day, as far as that is known */
    USUAL_NOW, /* movements that a quarter of the last hour has usually, on such days before [1/8]; -1 on the first */
    USUAL,     /* the same in the hour that comes, and in the one after */
    USUAL_2,
    LIVELY,    /* movements of a quarter so far [1/8] */
    N_FEATURES
};

/* The newest vector. */
extern feature features[N_FEATURES];

/* Take what a quarter of an hour was like, the first from a Monday's midnight on: movements, and the air at its end
 * [hundredths of a degree Celsius, of a percent]. `features` then tells about it. */
void features_add(uint32_t moves, int32_t temperature, int32_t humidity);

#endif
