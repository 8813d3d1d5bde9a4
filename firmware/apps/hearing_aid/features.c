#include "features.h"

#include "bands.h"
#include "integer.h"
#include "spectrum.h"

/* Bins of 31.25 Hz: three at least, then about a third of an octave. */
static const uint16_t edges[BANDS + 1] = {3, 6, 9, 12, 15, 19, 24, 30, 37, 46, 57, 70, 86, 106, 131, 162, 200};

feature features[FEATURES];

static int16_t heard[WINDOW]; /* the newest samples */
static sense_band history[FRAMES][BANDS];
static uint32_t next; /* place in `history` that is written next */

static feature held(int32_t value)
{
    return (feature)sense_clamp(value, INT8_MIN, INT8_MAX);
}

/* The level of a band now. */
static int32_t describe(uint32_t band)
{
    int32_t levels = 0, levels_now = 0, lines_now = 0, swing = 0;
    for (uint32_t i = 0; i < FRAMES; i++)
        levels += history[i][band].level;
    for (uint32_t age = 1; age <= NOW; age++) {
        const sense_band *then = &history[(next + FRAMES - age) % FRAMES][band];
        levels_now += then->level;
        lines_now += then->line;
    }
    int32_t mean = levels / FRAMES, now = levels_now / NOW;
    for (uint32_t i = 0; i < FRAMES; i++) {
        int32_t level = history[i][band].level;
        swing += level > mean ? level - mean : mean - level;
    }
    features[RISE + band] = held(now - mean);
    features[SWING + band] = held(swing * 4 / FRAMES - 64);
    features[LINE + band] = held(lines_now * 4 / NOW - 64);
    return now;
}

__attribute__((noinline)) bool features_hear(const int16_t *samples)
{
    static int32_t bins[WINDOW + 2];
    static bool full;
    for (uint32_t i = 0; i < FRAME; i++) {
        heard[i] = heard[i + FRAME];
        heard[i + FRAME] = samples[i];
    }
    sense_spectrum(heard, WINDOW, bins);
    sense_bands(bins, edges, BANDS, history[next]);
    next = next + 1 < FRAMES ? next + 1 : 0;
    full = full || next == 0;
    if (!full)
        return false;

    int32_t now[BANDS], all = 0;
    for (uint32_t band = 0; band < BANDS; band++) {
        now[band] = describe(band);
        all += now[band];
    }
    for (uint32_t band = 0; band < BANDS; band++)
        features[SHAPE + band] = held(now[band] - all / BANDS);
    return true;
}
