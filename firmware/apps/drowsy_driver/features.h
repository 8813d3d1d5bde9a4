/* How a driver's head has leant forward, from acceleration (x forward, z up) at 119 Hz and 4 g full scale. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_RATE_HZ = 119,
    FEATURES_PER_FRAME = 3, /* samples: a frame is 25.2 ms */
    FEATURES_G = 1024,      /* the lean is gravity along the face in 1/1024 g: 18 are a degree */
    FEATURES_LEANING = 100, /* further forward than before than this, and it is worth a look: 5.6 degrees */
};

enum {
    DEPTH,   /* how far forward the head is, of where it was 2.3 to 3 s ago */
    RECENT,  /* of that, what came in the last quarter of a second */
    FASTEST, /* most that came in a quarter of a second of the last 2.2 s */
    STEEP,   /* that over DEPTH [1/1024] */
    ONSET,   /* frames from a tenth of DEPTH to half of it */
    FINISH,  /* and on to nine tenths */
    DESCENT, /* both */
    DOWN,    /* frames since then */
    SIDE,    /* how far the head leans aside, of where it did, either way */
    SHAKE,   /* how far a frame's vertical acceleration is from the one before, on average over the last second */
    BEFORE,  /* most less least lean where DEPTH counts from */
    N_FEATURES
};

/* The vector of the newest frame. */
extern feature features[N_FEATURES];

/* Take a sample; true when it completes a frame and the head leans forward: then `features` tells how. */
bool features_add(const int16_t acceleration[3]);

#endif
