/* Sound to features: the spectrogram of the last second, whatever its loudness. Integers, no hardware. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RATE_HZ = 16000,
    FRAME = 320,         /* samples: 20 ms */
    WINDOW = 512,        /* of a spectrum: 32 ms */
    FRAMES = 48,         /* that features are about: 0.97 s */
    FRAMES_PER_LOOK = 6, /* features are new every 120 ms */
    BANDS = 32,          /* from 94 Hz to 7.6 kHz */
    FEATURES = FRAMES * BANDS,
};

typedef int8_t feature;

/* Levels in eighths of an octave of power (0.376 dB), less the mean of all; the oldest frame's bands first. */
extern feature features[FEATURES];

/* Take the next FRAME samples; true when `features` are new. */
bool features_hear(const int16_t *samples);

#endif
