#include "features.h"

#include "integer.h"
#include "look.h"
#include "spectrum.h"

/* The bearing is SKF's 6205-2RS JEM, as the Case Western Reserve Bearing Data Center gives it: 9 balls of 7.94 mm on
 * 39.04 mm. They pass the outer race 9/2 (1 - 7.94/39.04) times a turn, the inner race 9/2 (1 + 7.94/39.04) times
 * [1/256]. */
enum { OUTER_PER_TURN = 918, INNER_PER_TURN = 1386 };

enum {
    BIN_MHZ = 3255, /* 833.33 Hz / 256 */
    FIRST_BIN = 3, LAST_BIN = LOOK_POINTS / 2,
    SHAFT_FROM = 20000 / BIN_MHZ, SHAFT_TO = 30000 / BIN_MHZ + 2, /* the motor turns 20 to 30 times a second */
    BEATS_FROM = 60000 / BIN_MHZ, BEATS_TO = 200000 / BIN_MHZ,
};

feature features[N_FEATURES];

static int32_t bins[LOOK_POINTS + 2];
static int32_t signature[N_FEATURES]; /* sum of the looks that were learned */
static uint32_t n_learned;

/* Power of the line that is strongest within a bin of `place` [1/256 bin]. */
static uint64_t line(uint32_t place)
{
    uint32_t near = (place + 128) >> 8, peak = sense_peak(bins, near - 1, near + 2);
    return sense_band_power(bins, peak - 1, peak + 2);
}

/* The shaft's speed [1/256 bin]: the centre of the power about the strongest bin. */
static uint32_t shaft(void)
{
    uint32_t peak = sense_peak(bins, SHAFT_FROM, SHAFT_TO);
    uint64_t below = sense_bin_power(bins, peak - 1), at = sense_bin_power(bins, peak),
             above = sense_bin_power(bins, peak + 1);
    uint64_t whole = (below + at + above) >> 8;
    if (!whole)
        return peak << 8;
    return (uint32_t)((int32_t)(peak << 8) + (int32_t)((int64_t)(above - below) / (int64_t)whole));
}

static void describe(const int16_t *slow, const int16_t *ring, int32_t levels[N_FEATURES])
{
    uint64_t squares = 0, halves = 0, many = 0;
    int32_t highest = 0;

    sense_spectrum(slow, LOOK_POINTS, bins);
    uint32_t turn = shaft();
    levels[SLOW] = sense_log2_q8(sense_band_power(bins, FIRST_BIN, LAST_BIN));
    levels[ONCE] = sense_log2_q8(line(turn));
    levels[TWICE] = sense_log2_q8(line(2 * turn));
    for (uint32_t order = 3; order <= 7; order += 2)
        halves += line(turn * order / 2);
    for (uint32_t order = 3; order <= 8; order++)
        many += line(turn * order);
    levels[HALVES] = sense_log2_q8(halves);
    levels[MANY] = sense_log2_q8(many);
    for (uint32_t i = 0; i < LOOK_POINTS; i++) {
        squares += (uint64_t)((int32_t)ring[i] * ring[i]);
        if (ring[i] > highest)
            highest = ring[i];
    }
    levels[RING] = sense_log2_q8(squares);
    levels[CREST] = sense_log2_q8((uint64_t)highest * (uint64_t)highest * LOOK_POINTS) - levels[RING];
    sense_spectrum(ring, LOOK_POINTS, bins);
    int32_t beats = sense_log2_q8(sense_band_power(bins, BEATS_FROM, BEATS_TO));
    levels[OUTER] = sense_log2_q8(line(turn * OUTER_PER_TURN >> 8)) - beats;
    levels[INNER] = sense_log2_q8(line(turn * INNER_PER_TURN >> 8)) - beats;
}

bool features_add(const int16_t *slow, const int16_t *ring)
{
    int32_t levels[N_FEATURES];

    describe(slow, ring, levels);
    if (n_learned < FEATURES_LEARNED) {
        for (unsigned i = 0; i < N_FEATURES; i++)
            signature[i] += levels[i];
        n_learned++;
        return false;
    }
    for (unsigned i = 0; i < N_FEATURES; i++)
        features[i] = sense_int16(levels[i] - signature[i] / FEATURES_LEARNED);
    return true;
}
