#include "features.h"

#include <string.h>

#include "spectrogram.h"
#include "spectrum.h"

/* Bins of 31.25 Hz, equal steps on the mel scale of O'Shaughnessy (1987): 2595 log10(1 + f / 700). */
static const uint16_t edges[BANDS + 1] = {3,  5,  7,  9,  12, 14, 17,  20,  23,  27,  31,  35,  39,  44,  49,  54, 60,
                                          66, 73, 80, 88, 96, 105, 115, 125, 137, 149, 162, 176, 191, 207, 225, 244};

feature features[FEATURES];

static int16_t levels[FEATURES];
static sense_spectrogram spectrogram = {.edges = edges, .levels = levels, .frames = FRAMES, .bands = BANDS};

__attribute__((noinline)) bool features_hear(const int16_t *samples)
{
    static int16_t heard[WINDOW];
    static int32_t bins[WINDOW + 2];
    static uint32_t missing; /* frames until the next look */
    memmove(heard, heard + FRAME, (WINDOW - FRAME) * sizeof *heard);
    memcpy(heard + WINDOW - FRAME, samples, FRAME * sizeof *heard);
    sense_spectrum(heard, WINDOW, bins);
    bool full = sense_spectrogram_add(&spectrogram, bins);
    if (missing > 0)
        missing--;
    if (!full || missing > 0)
        return false;
    missing = FRAMES_PER_LOOK;
    sense_spectrogram_read(&spectrogram, features);
    return true;
}
