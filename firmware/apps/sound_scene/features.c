#include "features.h"

#include "bands.h"
#include "integer.h"
#include "spectrum.h"

/* Bins of 31.25 Hz: two at least, then about a third of an octave. */
static const uint16_t edges[BANDS + 1] = {1, 3, 5, 7, 10, 13, 17, 22, 28, 36, 46, 59, 75, 96, 123, 157, 200};

feature features[FEATURES];

static sense_band history[FRAMES][BANDS];
static uint32_t next;    /* place in `history` that is written next */
static uint32_t missing; /* frames until the next answer */

static feature mean_of_frames(int32_t sum, int32_t scale, int32_t offset)
{
    return sense_int8((sum * scale + FRAMES / 2) / FRAMES - offset);
}

static void describe(uint32_t band)
{
    int32_t levels = 0, swing = 0, lines = 0;
    for (uint32_t i = 0; i < FRAMES; i++) {
        levels += history[i][band].level;
        lines += history[i][band].line;
    }
    int32_t mean = levels / FRAMES;
    for (uint32_t i = 0; i < FRAMES; i++) {
        int32_t level = history[i][band].level;
        swing += level > mean ? level - mean : mean - level;
    }
    features[LEVEL + band] = mean_of_frames(levels, 1, LEVEL_OFFSET);
    features[SWING + band] = mean_of_frames(swing, 4, 64);
    features[LINE + band] = mean_of_frames(lines, 4, 64);
}

__attribute__((noinline)) bool features_hear(const int16_t *samples)
{
    static int32_t bins[FRAME + 2];
    static bool full;
    sense_spectrum(samples, FRAME, bins);
    sense_bands(bins, edges, BANDS, history[next]);
    next = next + 1 < FRAMES ? next + 1 : 0;
    full = full || next == 0;
    if (missing > 0)
        missing--;
    if (!full || missing > 0)
        return false;
    missing = FRAMES_PER_ANSWER;
    for (uint32_t band = 0; band < BANDS; band++)
        describe(band);
    return true;
}
