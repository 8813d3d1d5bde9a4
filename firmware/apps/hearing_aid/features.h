/* Sound to features: the spectrogram of the last 0.4 s, whatever its loudness. Integers, no hardware. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RATE_HZ = 16000,
    FRAME = 256,        /* samples: 16 ms */
    WINDOW = 2 * FRAME, /* of a spectrum */
    FRAMES = 24,        /* that features are about: 0.384 s */
    BANDS = 16,         /* from 94 Hz to 6.25 kHz */
    FEATURES = FRAMES * BANDS,
};

typedef int8_t feature;

/* Levels in eighths of an octave of power (0.376 dB), less the mean of all; the oldest frame's bands first. */
extern feature features[FEATURES];

/* Take the next FRAME samples; true when `features` are new: with every frame, once there were FRAMES. */
bool features_hear(const int16_t *samples);

#endif
