/* Sound to features: what each of 16 bands was like in the last second and a half. Integers, no hardware. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RATE_HZ = 16000,
    FRAME = 512,           /* samples of a spectrum: 32 ms */
    FRAMES = 48,           /* that features are about: 1.536 s */
    FRAMES_PER_ANSWER = 8, /* features are new every 256 ms */
    BANDS = 16,            /* from 30 Hz to 6.25 kHz */
    LEVEL = 0,             /* mean level in eighths of an octave of power (0.376 dB), LEVEL_OFFSET less */
    SWING = BANDS,         /* mean distance from that mean, in quarters of it, 64 less */
    LINE = 2 * BANDS,      /* how far the strongest bin is above its band's mean, in quarters of it, 64 less */
    FEATURES = 3 * BANDS,
    LEVEL_OFFSET = 190,
};

typedef int8_t feature;

extern feature features[FEATURES];

/* Take the next FRAME samples; true when `features` are new. */
bool features_hear(const int16_t *samples);

#endif
