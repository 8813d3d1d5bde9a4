/* When is a run of scores the word? The same answers as coincell.learn.wake_word.detector. */
#ifndef DETECTOR_H
#define DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DETECTOR_SMOOTH = 3,      /* scores that are averaged */
    DETECTOR_THRESHOLD = 220, /* their mean, of 255, that counts as the word */
    DETECTOR_REFRACTORY = 8,  /* inferences after a detection during which none other is made */
};

typedef struct {
    uint8_t recent[DETECTOR_SMOOTH];
    uint8_t quiet; /* inferences of the refractory time that are left */
    uint8_t score; /* mean of `recent` at the last update */
} detector;

/* Take the next score; true when the word has just been heard. A zeroed detector is a fresh one. */
bool detector_update(detector *state, uint8_t score);

#endif
