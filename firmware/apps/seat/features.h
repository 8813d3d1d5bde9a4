/* What lies on a force-sensing resistor, and how it came and stirs, from 16 readings a second. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_RATE_HZ = 16,
    FEATURES_BLOCK = 8,        /* readings: a vector every half second */
    FEATURES_SUPPLY_MV = 3300, /* of the divider */
    FEATURES_OCTAVE = 1024,    /* the level is log2 of conductance in these steps */
};

enum {
    NOW,     /* mean level of the newest block */
    MEAN,    /* of up to 16 s, since the load came */
    LEAST,   /* lowest and highest of their blocks, less their mean */
    MOST,
    SHAKE,   /* largest less smallest level in a block, on average over them */
    STIR,    /* difference of neighbouring blocks, on average over them */
    SHIFTS,  /* blocks after which two seconds differ by over 4 % of force from the two before, in the last 64 s */
    AGE,     /* blocks since the load came, at most 255 */
    RISE,    /* readings of the first second at less than about two thirds of the force now */
    LANDING, /* highest level of the first two seconds, less the mean */
    N_FEATURES
};

/* The vector of the newest block; all about the load that lies there now. */
extern feature features[N_FEATURES];

/* Take a reading in millivolts; true when a block is complete and `features` tells about it. */
bool features_add(uint32_t millivolt);

/* Whether there is a load: from its first reading until three without. */
bool features_loaded(void);

#endif
