/* The bands of the last frames, whatever their loudness: what a small network listens to. */
#ifndef SENSE_SPECTROGRAM_H
#define SENSE_SPECTROGRAM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const uint16_t *edges;  /* of the bands, as in sense_bands: `bands` + 1 of them */
    int16_t *levels;        /* room for frames * bands; the oldest frame's bands first */
    uint16_t frames, bands; /* at most SENSE_SPECTROGRAM_BANDS */
    uint16_t heard;         /* frames so far, at most `frames` */
} sense_spectrogram;

enum { SENSE_SPECTROGRAM_BANDS = 32 };

/* Take the spectrum of the next frame, as sense_spectrum made it. True once there are as many as wanted. */
bool sense_spectrogram_add(sense_spectrogram *state, const int32_t *bins);

/* Write frames * bands features: levels in eighths of an octave of power, less the mean of all. */
void sense_spectrogram_read(const sense_spectrogram *state, int8_t *features);

#endif
