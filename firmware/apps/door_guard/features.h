/* What a door's leaf feels, and what its reed switch does, while somebody handles it. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_RATE_HZ = 104,
    FEATURES_BLOCK_MS = 250, /* a vector so often */
    FEATURES_G = 1024,       /* acceleration is in 1/1024 g */
};

/* All about the last second, or since the handling began; of acceleration across the leaf, less its mean. */
enum {
    PEAK,     /* farthest from the mean */
    STRENGTH, /* root mean square */
    CREST,    /* PEAK by STRENGTH, times 16 */
    TURNS,    /* how often it crosses the mean by a quarter of the peak */
    BUSY,     /* share of 1/16 s in which it is beyond that quarter, in 1/64 */
    SLOW,     /* root mean square of what changes with less than about 5 Hz */
    TOWARDS,  /* mean acceleration along the leaf, less that before: a leaf that turns pulls to its hinge */
    OPEN,     /* how long the contact was open [ms] */
    OPENINGS, /* how often it opened */
    AGE,      /* blocks since the handling began, at most 255 */
    N_FEATURES
};

/* The vector of the newest block. */
extern feature features[N_FEATURES];

/* Somebody handles the door anew: nothing of what was before counts. */
void features_begin(void);

/* Take a sample, of which `per_g` are 1 g: along the leaf, across it, up. */
void features_add(const int16_t acceleration[3], int32_t per_g);

/* A block is over: make `features` of it, and of what the contact did meanwhile. */
void features_end_block(uint32_t open_ms, uint32_t openings);

#endif
