/* How regular a heart is: the last 32 intervals between beats. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_INTERVALS = 32,
    FEATURES_EVERY = 8, /* beats from a vector to the next */
};

enum {
    MEAN,    /* interval [ms] */
    SPREAD,  /* quartile to quartile; this and the next two in thousandths of the mean interval */
    CHANGE,  /* root mean square of the changes from an interval to the next (RMSSD) */
    TYPICAL, /* median size of these changes: one early beat does not move it */
    JUMPS,   /* changes by more than an eighth of the mean interval */
    TURNS,   /* intervals longer than both neighbours, or shorter than both */
    ECHO,    /* correlation of an interval with the next [thousandths] */
    N_FEATURES
};

/* The newest vector. */
extern feature features[N_FEATURES];

/* Take the time of a beat [1/16 sample, wrapping]; true when `features` tells about the last
 * intervals. A gap of more than 3 s between beats begins anew. */
bool features_add(uint32_t when);

#endif
