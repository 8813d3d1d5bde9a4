/* How smoke and heat come and go, from a reading of each every eight seconds. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

typedef int16_t feature;

enum {
    FEATURES_PERIOD_S = 8,
    FEATURES_STEPS_PER_PERCENT = 171, /* 150 mV for 1 %/m, in steps of 0.879 mV */
    FEATURES_STEPS_PER_K = 42,        /* 36.6 mV at 25 degrees: B / (4 T^2) of the supply, B 3950 K */
};

/* Smoke and heat are in steps above what they were before the smoke came. */
enum {
    SMOKE,   /* mean of the last four readings (32 s) */
    RISE,    /* less the mean of the four before */
    RISE_2,  /* less that of two minutes before */
    RISE_8,  /* and of eight */
    FLUTTER, /* how far readings are from the middle of their neighbours, in 1/256 of SMOKE, in two minutes */
    FADED,   /* highest mean since the smoke came, less SMOKE, in 1/256 of that mean */
    AGE,     /* readings since the smoke came */
    WARM,    /* mean of the last four readings of heat */
    WARM_2,  /* less that of two minutes before */
    N_FEATURES
};

extern feature features[N_FEATURES];

/* Take readings in steps of the converter; true while there is smoke: `features` tell about it. */
bool features_add(int16_t smoke, int16_t heat);

#endif
