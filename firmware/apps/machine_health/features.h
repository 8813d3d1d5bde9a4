/* How a look at a machine differs from the looks at it when it was well. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum { FEATURES_LEARNED = 16, FEATURES_PER_OCTAVE = 256 }; /* looks that make the signature; 256 is 3 dB of power */

enum {
    SLOW,   /* power of the movement from 10 to 400 Hz */
    ONCE,   /* its line at the shaft's speed */
    TWICE,  /* and at twice that */
    HALVES, /* lines at 3/2, 5/2 and 7/2 of it: something beats against its seat every other turn */
    MANY,   /* lines at 3 to 8 times it */
    RING,   /* power above 2.5 kHz */
    CREST,  /* highest moment of the ringing, against its mean */
    OUTER,  /* how the ringing beats at the rate that balls pass the outer race, against all its beats */
    INNER,  /* and the inner race */
    N_FEATURES
};

/* Of the newest look: log2 of a power, less its mean over the looks of the signature [1/256]. */
extern feature features[N_FEATURES];

/* Take what look.h holds; true when `features` tells about it, false while the signature is learned. */
bool features_add(const int16_t *slow, const int16_t *ring);

#endif
