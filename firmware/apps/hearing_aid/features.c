#include "features.h"

#include "bands.h"
#include "integer.h"
#include "spectrum.h"

/* Bins of 31.25 Hz: three at least, then about a third of an octave. */
static const uint16_t edges[BANDS + 1] = {3, 6, 9, 12, 15, 19, 24, 30, 37, 46, 57, 70, 86, 106, 131, 162, 200};

feature features[FEATURES];

static int16_t levels[FRAMES][BANDS]; /* the oldest frame first */
static uint32_t frames;               /* heard so far, at most FRAMES */

static void add(const sense_band *bands)
{
    for (uint32_t frame = 1; frame < FRAMES; frame++)
        for (uint32_t band = 0; band < BANDS; band++)
            levels[frame - 1][band] = levels[frame][band];
    for (uint32_t band = 0; band < BANDS; band++)
        levels[FRAMES - 1][band] = bands[band].level;
    if (frames < FRAMES)
        frames++;
}

__attribute__((noinline)) bool features_hear(const int16_t *samples)
{
    static int16_t heard[WINDOW];
    static int32_t bins[WINDOW + 2];
    sense_band bands[BANDS];
    for (uint32_t i = 0; i < FRAME; i++) {
        heard[i] = heard[i + FRAME];
        heard[i + FRAME] = samples[i];
    }
    sense_spectrum(heard, WINDOW, bins);
    sense_bands(bins, edges, BANDS, bands);
    add(bands);
    if (frames < FRAMES)
        return false;

    int32_t sum = 0;
    for (uint32_t frame = 0; frame < FRAMES; frame++)
        for (uint32_t band = 0; band < BANDS; band++)
            sum += levels[frame][band];
    int32_t mean = sum / FEATURES;
    for (uint32_t frame = 0; frame < FRAMES; frame++)
        for (uint32_t band = 0; band < BANDS; band++)
            features[frame * BANDS + band] =
                (feature)sense_clamp(levels[frame][band] - mean, INT8_MIN, INT8_MAX);
    return true;
}
