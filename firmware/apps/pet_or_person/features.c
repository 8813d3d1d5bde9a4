#include "features.h"

#include "bands.h"
#include "integer.h"
#include "spectrum.h"
#include "statistics.h"

enum {
    GATE = 100000 / FEATURES_STEP_UV, /* 0.1 V: noise and draughts stay below */
    GONE = 4,                         /* blocks below the gate: nothing moves any more */
    FINE = 64,                        /* of a step: rest is kept in such parts */
    PACE = 64,                        /* blocks, 32 s: it is the mean of so many, about */
    SECOND = FEATURES_RATE_HZ,
};

feature features[N_FEATURES];

static int16_t window[FEATURES_WINDOW]; /* readings less rest, the oldest first */
static int32_t rest;                    /* in 1/FINE steps; an amplifier without direct current swings about it */
static uint32_t n_averaged;             /* blocks in it, at most PACE */
static struct {
    bool on;
    uint8_t n_quiet, age;
    int16_t highest;
} movement;

static int16_t farthest(const int16_t *readings, uint32_t count)
{
    int16_t most = 0;
    for (uint32_t i = 0; i < count; i++) {
        int16_t size = (int16_t)(readings[i] < 0 ? -readings[i] : readings[i]);
        most = size > most ? size : most;
    }
    return most;
}

static int32_t level(const int16_t *readings, uint32_t count)
{
    sense_statistics seen = {0};
    for (uint32_t i = 0; i < count; i++)
        sense_statistics_add(&seen, readings[i]);
    return sense_log2_q8((uint64_t)sense_variance(&seen) + 1) / 32;
}

static void describe(int16_t peak)
{
    static const uint16_t edges[FEATURES_BANDS + 1] = {2, 4, 6, 8, 12, 18, 26, 42}; /* bins of 0.25 Hz */
    static int32_t bins[FEATURES_WINDOW + 2];
    sense_band bands[FEATURES_BANDS];
    int32_t whole = level(window, FEATURES_WINDOW);

    sense_spectrum(window, FEATURES_WINDOW, bins);
    sense_bands(bins, edges, FEATURES_BANDS, bands);
    features[PEAK] = peak;
    features[HIGHEST] = movement.highest;
    features[LEVEL] = (feature)whole;
    features[NEWEST] = (feature)(level(window + FEATURES_WINDOW - SECOND, SECOND) - whole);
    features[AGE] = movement.age;
    features[TURNS] = (feature)sense_crossings(window, FEATURES_WINDOW, 0, peak / 4);
    for (unsigned band = 0; band < FEATURES_BANDS; band++)
        features[BAND + band] = (feature)(bands[band].level - whole);
}

static void look_for_movement(int16_t far)
{
    if (!movement.on && far > GATE) {
        movement.on = true;
        movement.n_quiet = movement.age = 0;
        movement.highest = 0;
    } else if (movement.on) {
        movement.n_quiet = far > GATE ? 0 : (uint8_t)(movement.n_quiet + 1);
        movement.on = movement.n_quiet < GONE;
        movement.age = movement.age < 255 ? (uint8_t)(movement.age + 1) : movement.age;
    }
    movement.highest = far > movement.highest ? far : movement.highest;
}

bool features_add(const int16_t readings[FEATURES_BLOCK])
{
    int16_t *newest = window + FEATURES_WINDOW - FEATURES_BLOCK;
    int32_t sum = 0;

    for (uint32_t i = 0; i < FEATURES_BLOCK; i++)
        sum += readings[i];
    n_averaged += n_averaged < PACE;
    rest += (sum * (FINE / FEATURES_BLOCK) - rest) / (int32_t)n_averaged;
    for (uint32_t i = 0; i < FEATURES_WINDOW - FEATURES_BLOCK; i++)
        window[i] = window[i + FEATURES_BLOCK];
    for (uint32_t i = 0; i < FEATURES_BLOCK; i++)
        newest[i] = (int16_t)sense_clamp(readings[i] - rest / FINE, INT16_MIN + 1, INT16_MAX);
    look_for_movement(farthest(newest, FEATURES_BLOCK));
    if (movement.on)
        describe(farthest(window, FEATURES_WINDOW));
    return movement.on;
}
