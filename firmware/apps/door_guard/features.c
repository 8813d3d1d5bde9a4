#include "features.h"

#include <stdbool.h>

#include "integer.h"
#include "statistics.h"

enum {
    KEPT = FEATURES_RATE_HZ,
    SLICE = FEATURES_RATE_HZ / 16,
    SMOOTH = FEATURES_RATE_HZ / 10, /* a mean over a tenth of a second: 3 dB less at 4.4 Hz */
    BLOCKS = 1000 / FEATURES_BLOCK_MS,
};

feature features[N_FEATURES];

static int16_t across[KEPT], along[KEPT]; /* rings [1/FEATURES_G g] */
static struct {
    uint16_t open_ms, openings;
} contact[BLOCKS];
static uint32_t n_samples, n_blocks; /* since it began */
static int32_t along_rest;

static uint32_t n_kept(void)
{
    return n_samples < KEPT ? n_samples : KEPT;
}

/* Number `index` of those that are kept, the oldest first. */
static int16_t at(const int16_t *ring, uint32_t index)
{
    return ring[(n_samples - n_kept() + index) % KEPT];
}

static int32_t mean(const int16_t *ring, uint32_t first, uint32_t count)
{
    int32_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += at(ring, first + i);
    return count ? sum / (int32_t)count : 0;
}

static int32_t size(int32_t value)
{
    return value < 0 ? -value : value;
}

static void describe_shape(int32_t middle, int32_t peak)
{
    static int16_t flat[KEPT];
    sense_statistics slow = {0};
    uint32_t slices = 0, busy = 0;

    for (uint32_t i = 0; i < n_kept(); i++)
        flat[i] = at(across, i);
    for (uint32_t first = 0; first + SLICE <= n_kept(); first += SLICE) {
        bool any = false;
        for (uint32_t i = first; i < first + SLICE; i++)
            any = any || size(flat[i] - middle) > peak / 4;
        busy += any;
        slices++;
    }
    for (uint32_t first = 0; first + SMOOTH <= n_kept(); first++)
        sense_statistics_add(&slow, (int16_t)mean(across, first, SMOOTH));
    features[TURNS] = sense_int16((int32_t)sense_crossings(flat, n_kept(), middle, peak / 4));
    features[BUSY] = sense_int16(slices ? (int32_t)(busy * 64 / slices) : 0);
    features[SLOW] = sense_int16((int32_t)sense_sqrt(sense_variance(&slow)));
}

static void describe(void)
{
    sense_statistics seen = {0};
    int32_t open_ms = 0, openings = 0;

    for (uint32_t i = 0; i < n_kept(); i++)
        sense_statistics_add(&seen, at(across, i));
    int32_t middle = sense_mean(&seen), strength = (int32_t)sense_sqrt(sense_variance(&seen));
    int32_t peak = seen.most - middle > middle - seen.least ? seen.most - middle : middle - seen.least;
    for (uint32_t i = 0; i < BLOCKS; i++) {
        open_ms += contact[i].open_ms;
        openings += contact[i].openings;
    }
    features[PEAK] = sense_int16(peak);
    features[STRENGTH] = sense_int16(strength);
    features[CREST] = sense_int16(strength ? peak * 16 / strength : 0);
    describe_shape(middle, peak);
    features[TOWARDS] = sense_int16(mean(along, 0, n_kept()) - along_rest);
    features[OPEN] = sense_int16(open_ms);
    features[OPENINGS] = sense_int16(openings);
    features[AGE] = sense_int16(n_blocks < 255 ? (int32_t)n_blocks : 255);
}

void features_begin(void)
{
    n_samples = n_blocks = 0;
    for (uint32_t i = 0; i < BLOCKS; i++)
        contact[i].open_ms = contact[i].openings = 0;
}

void features_add(const int16_t acceleration[3], int32_t per_g)
{
    along[n_samples % KEPT] = sense_int16(acceleration[0] * FEATURES_G / per_g);
    across[n_samples % KEPT] = sense_int16(acceleration[1] * FEATURES_G / per_g);
    n_samples++;
}

void features_end_block(uint32_t open_ms, uint32_t openings)
{
    if (n_blocks == 0) /* the first samples are from before the sensor woke the core */
        along_rest = mean(along, 0, n_kept() < SLICE ? n_kept() : SLICE);
    contact[n_blocks % BLOCKS].open_ms = (uint16_t)open_ms;
    contact[n_blocks % BLOCKS].openings = (uint16_t)openings;
    describe();
    n_blocks++;
}
