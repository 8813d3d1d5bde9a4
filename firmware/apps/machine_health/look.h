/* A look at a machine: a third of a second of vibration at 26.7 kHz, taken apart sample by sample. */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LOOK_DOWN = 32, /* samples that make one point of both series: 833.3 points a second */
    LOOK_POINTS = 256,
    LOOK_SETTLING = 16, /* points of the beginning that are the sensor's and the filters' */
};

/* After a look: movement below 400 Hz, and how loud it rang above 2.5 kHz at each moment (the envelope);
 * both in 1/4 of a step of a sample, saturated. */
extern int16_t look_slow[LOOK_POINTS], look_ring[LOOK_POINTS];

void look_begin(void);

/* Take a sample of one axis; true when the look is over. */
bool look_add(int16_t sample);

#endif
