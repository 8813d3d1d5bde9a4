#include "spectrogram.h"

#include <string.h>

#include "bands.h"
#include "integer.h"

bool sense_spectrogram_add(sense_spectrogram *state, const int32_t *bins)
{
    sense_band bands[SENSE_SPECTROGRAM_BANDS];
    int16_t *last = state->levels + (state->frames - 1) * state->bands;
    memmove(state->levels, state->levels + state->bands, (size_t)(last - state->levels) * sizeof *last);
    sense_bands(bins, state->edges, state->bands, bands);
    for (uint32_t band = 0; band < state->bands; band++)
        last[band] = bands[band].level;
    if (state->heard < state->frames)
        state->heard++;
    return state->heard == state->frames;
}

void sense_spectrogram_read(const sense_spectrogram *state, int8_t *features)
{
    int32_t count = state->frames * state->bands, sum = 0;
    for (int32_t i = 0; i < count; i++)
        sum += state->levels[i];
    int32_t mean = sum / count;
    for (int32_t i = 0; i < count; i++)
        features[i] = sense_int8(state->levels[i] - mean);
}
