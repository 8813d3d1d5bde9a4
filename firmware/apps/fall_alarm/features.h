/* A blow, and what was before and after it, from acceleration at 119 Hz and 8 g full scale. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_RATE_HZ = 119,
    FEATURES_G = 1024, /* magnitudes are in 1/1024 g, a quarter of a sample's 0.244 mg */
    FEATURES_QUIET = FEATURES_RATE_HZ * 3 / 4, /* a blow is over when so many samples were below twice gravity */
};

enum {
    PEAK,      /* largest magnitude of the blow [1/1024 g] */
    LOW,       /* smallest in the second before the peak */
    LOW_TIME,  /* samples below 0.8 g then */
    LOST,      /* speed that weightlessness gave until the peak [cm/s] */
    SUNK,      /* way that went with it [cm] */
    STOPPED,   /* speed that what is above 1 g took, around the peak [cm/s] */
    BLOW_TIME, /* samples above twice gravity */
    SPREAD,    /* from the first of them to the last [samples] */
    JERK,      /* largest difference between neighbours then, all axes [1/1024 g] */
    TURNED,    /* 1 - cosine of the angle between gravity before and after, times 1024 */
    BEFORE,    /* deviation of the magnitude before the blow [1/1024 g] */
    AFTER,     /* and after it */
    N_FEATURES
};

/* The vector of the newest blow. */
extern feature features[N_FEATURES];

/* Take a sample; true when a blow is over and `features` tells about it. */
bool features_add(const int16_t acceleration[3]);

#endif
