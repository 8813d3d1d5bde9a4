/* Bands of a spectrum: how loud each is, and how much one line stands out of it. */
#ifndef SENSE_BANDS_H
#define SENSE_BANDS_H

#include <stdint.h>

/* Levels are log2 of a power, in eighths: 0.376 dB a step. */
enum { SENSE_LEVELS_PER_OCTAVE = 8 };

typedef struct {
    int16_t level; /* of all the band's power, in the scale of sense_bin_power; 0 for none */
    int16_t line;  /* how far its strongest bin is above the mean of its bins: about 8 to 16 for noise */
} sense_band;

/* Describe `count` bands of `bins`, as sense_spectrum made them: band b has the bins edges[b] <= k < edges[b + 1],
 * at least one. */
void sense_bands(const int32_t *bins, const uint16_t *edges, uint32_t count, sense_band *bands);

#endif
