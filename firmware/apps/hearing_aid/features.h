/* Sound to features: what each of 16 bands is like now, beside what it was like in the last 0.8 s. Integers, no
 * hardware. */
#ifndef FEATURES_H
#define FEATURES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RATE_HZ = 16000,
    FRAME = 256,           /* samples: 16 ms */
    WINDOW = 2 * FRAME,    /* of a spectrum */
    NOW = 8,               /* frames that count as now: 128 ms */
    FRAMES = 48,           /* that features are about: 0.77 s */
    BANDS = 16,            /* from 94 Hz to 6.25 kHz */
    SHAPE = 0,             /* level now, over the mean of all bands, in eighths of an octave of power (0.376 dB) */
    RISE = BANDS,          /* level now, over the level of all FRAMES, in the same */
    SWING = 2 * BANDS,     /* mean distance of a frame's level from that of all, in quarters of it, 64 less */
    LINE = 3 * BANDS,      /* how far the strongest bin is above its band's mean, now, in quarters of it, 64 less */
    FEATURES = 4 * BANDS,
};

typedef int8_t feature;

extern feature features[FEATURES];

/* Take the next FRAME samples; true when `features` are new: with every frame, once there were FRAMES. */
bool features_hear(const int16_t *samples);

#endif
