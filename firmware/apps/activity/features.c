#include "features.h"

#include "integer.h"
#include "spectrum.h"
#include "statistics.h"

/* First bins of the bands, of 59.5 / 128 = 0.465 Hz each, and the end of the last. */
static const uint8_t acceleration_edges[N_ACCELERATION_BANDS + 1] = {1, 3, 5, 7, 11, 20, 39, 62};
static const uint8_t rotation_edges[N_ROTATION_BANDS + 1] = {1, 3, 5, 8, 20, 62};
enum { STEP_FIRST = 2, STEP_END = 8 }; /* one to three steps a second */
enum { SWING_END = 20 }; /* no arm swings at 9 Hz */

feature features[N_FEATURES];

static int16_t window[7][FEATURES_WINDOW]; /* acceleration, rotation, magnitude of acceleration */
static uint32_t filled;

static int32_t log_power(uint64_t power)
{
    return sense_log2_q8(power + 1);
}

static int32_t line_power(const int32_t *bins, uint32_t bin)
{
    return log_power(sense_band_power(bins, bin - 1, bin + 2));
}

/* On stairs the body goes up and down less like a sine than on the flat: how much less, whatever the pace. */
static void describe_steps(const int32_t *bins)
{
    uint32_t step = sense_peak(bins, STEP_FIRST, STEP_END);

    features[STEP] = (feature)step;
    for (unsigned i = 0; i < N_HARMONICS; i++)
        features[HARMONICS + i] = (feature)(line_power(bins, (i + 2) * step) - line_power(bins, step));
}

static void describe_acceleration(void)
{
    static int32_t bins[FEATURES_WINDOW + 2];
    sense_statistics sizes = {0};

    for (unsigned axis = 0; axis < 3; axis++) {
        sense_statistics seen = {0};
        for (unsigned i = 0; i < FEATURES_WINDOW; i++)
            sense_statistics_add(&seen, window[axis][i]);
        features[MEAN_X + axis] = (feature)(sense_mean(&seen) / 4);
    }
    for (unsigned i = 0; i < FEATURES_WINDOW; i++)
        sense_statistics_add(&sizes, window[6][i]);
    features[LEAST] = sizes.least;
    features[MOST] = sizes.most;
    sense_spectrum(window[6], FEATURES_WINDOW, bins);
    for (unsigned band = 0; band < N_ACCELERATION_BANDS; band++)
        features[ACCELERATION_BANDS + band] = (feature)log_power(
            sense_band_power(bins, acceleration_edges[band], acceleration_edges[band + 1]));
    describe_steps(bins);
}

static void describe_rotation(void)
{
    static int32_t bins[FEATURES_WINDOW + 2];
    uint64_t powers[N_ROTATION_BANDS] = {0}, strongest = 0;

    features[SWING] = 0;
    for (unsigned axis = 3; axis < 6; axis++) {
        sense_spectrum(window[axis], FEATURES_WINDOW, bins);
        for (unsigned band = 0; band < N_ROTATION_BANDS; band++)
            powers[band] += sense_band_power(bins, rotation_edges[band], rotation_edges[band + 1]);
        uint32_t peak = sense_peak(bins, 1, SWING_END);
        if (sense_bin_power(bins, peak) > strongest) {
            strongest = sense_bin_power(bins, peak);
            features[SWING] = (feature)peak;
        }
    }
    for (unsigned band = 0; band < N_ROTATION_BANDS; band++)
        features[ROTATION_BANDS + band] = (feature)log_power(powers[band]);
}

bool features_add(const int16_t acceleration[3], const int16_t rotation[3])
{
    uint64_t square = 0;
    for (unsigned axis = 0; axis < 3; axis++) {
        window[axis][filled] = acceleration[axis];
        window[axis + 3][filled] = rotation[axis];
        square += (uint64_t)((int64_t)acceleration[axis] * acceleration[axis]);
    }
    window[6][filled] = (int16_t)(sense_sqrt(square) / 4); /* below 14.2 g: fits */
    if (++filled < FEATURES_WINDOW)
        return false;
    filled = 0;
    describe_acceleration();
    describe_rotation();
    return true;
}
