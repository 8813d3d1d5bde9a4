#include "features.h"

#include <string.h>

#include "spectrogram.h"
#include "spectrum.h"

/* Bins of 31.25 Hz: three at least, then about a third of an octave. */
static const uint16_t edges[BANDS + 1] = {3, 6, 9, 12, 15, 19, 24, 30, 37, 46, 57, 70, 86, 106, 131, 162, 200};

feature features[FEATURES];

static int16_t levels[FEATURES];
static sense_spectrogram spectrogram = {.edges = edges, .levels = levels, .frames = FRAMES, .bands = BANDS};

__attribute__((noinline)) bool features_hear(const int16_t *samples)
{
    static int16_t heard[WINDOW];
    static int32_t bins[WINDOW + 2];
    memmove(heard, heard + FRAME, (WINDOW - FRAME) * sizeof *heard);
    memcpy(heard + WINDOW - FRAME, samples, FRAME * sizeof *heard);
    sense_spectrum(heard, WINDOW, bins);
    if (!sense_spectrogram_add(&spectrogram, bins))
        return false;
    sense_spectrogram_read(&spectrogram, features);
    return true;
}
