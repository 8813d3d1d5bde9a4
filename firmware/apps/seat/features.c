#include "features.h"

#include "integer.h"
#include "statistics.h"

enum {
    CLOSED_MV = 700, /* below 0.15 N the resistor is open; there it has 30 kOhm beside 10 */
    GONE = 3,        /* readings without a load */
    KEPT = 32,       /* blocks */
    SHIFT = FEATURES_OCTAVE / 20,
    FIRST = FEATURES_RATE_HZ,
    LANDED = 4,  /* blocks in which what comes has come: that is no shift */
    SETTLED = 4, /* blocks, two seconds: a road's bouncing is gone from their mean */
    FINER = FEATURES_OCTAVE / 256, /* steps of the level for one of sense_log2_q8 */
};

feature features[N_FEATURES];

static struct {
    bool on;
    uint32_t n_blocks;    /* since the load came */
    uint8_t n_open;
    uint16_t n_taken;     /* readings since then, held at 2 * FIRST */
    int16_t first[FIRST]; /* the readings of the first second */
    int16_t highest;      /* of the first two */
} load;

static sense_statistics block;
static struct {
    int16_t mean, spread;
} kept[KEPT];
static uint64_t shifts[2]; /* a bit for each block, the newest in bit 0; 128 blocks */

/* log2 of (what the resistor conducts, over what the fixed one does) in 1/256. */
static int16_t level(uint32_t millivolt)
{
    if (millivolt >= FEATURES_SUPPLY_MV)
        millivolt = FEATURES_SUPPLY_MV - 1;
    return (int16_t)(sense_log2_q8(millivolt) - sense_log2_q8(FEATURES_SUPPLY_MV - millivolt));
}

static int16_t block_back(unsigned back)
{
    return kept[(load.n_blocks - 1u - back) % KEPT].mean;
}

/* Mean level of SETTLED blocks. */
static int32_t settled(unsigned back)
{
    int32_t sum = 0;
    for (unsigned i = 0; i < SETTLED; i++)
        sum += block_back(back + i);
    return sum / SETTLED;
}

static unsigned n_shifts(void)
{
    unsigned count = 0;
    for (unsigned half = 0; half < 2; half++)
        for (uint64_t bits = shifts[half]; bits; bits &= bits - 1)
            count++;
    return count;
}

static void describe(void)
{
    unsigned n = load.n_blocks < KEPT ? load.n_blocks : KEPT, n_first = load.n_taken < FIRST ? load.n_taken : FIRST;
    int32_t sum = 0, shake = 0, stir = 0, least = INT16_MAX, most = INT16_MIN, rise = 0;

    for (unsigned back = 0; back < n; back++) {
        int32_t mean = block_back(back);
        sum += mean;
        shake += kept[(load.n_blocks - 1u - back) % KEPT].spread;
        if (back + 1 < n)
            stir += mean > block_back(back + 1) ? mean - block_back(back + 1) : block_back(back + 1) - mean;
        least = mean < least ? mean : least;
        most = mean > most ? mean : most;
    }
    for (unsigned i = 0; i < n_first; i++)
        rise += load.first[i] * FINER < block_back(0) - FEATURES_OCTAVE / 2;
    features[NOW] = block_back(0);
    features[MEAN] = (feature)(sum / (int32_t)n);
    features[LEAST] = (feature)(least - features[MEAN]);
    features[MOST] = (feature)(most - features[MEAN]);
    features[SHAKE] = (feature)(shake / (int32_t)n);
    features[STIR] = (feature)(n > 1 ? stir / (int32_t)(n - 1) : 0);
    features[SHIFTS] = (feature)n_shifts();
    features[AGE] = (feature)(load.n_blocks < 255 ? load.n_blocks : 255);
    features[RISE] = (feature)rise;
    features[LANDING] = (feature)(load.highest * FINER - features[MEAN]);
}

static void close_block(void)
{
    unsigned at = load.n_blocks++ % KEPT;
    kept[at].mean = (int16_t)(block.sum * FINER / block.count);
    kept[at].spread = (int16_t)((block.most - block.least) * FINER);
    int32_t moved = load.n_blocks > LANDED + 2 * SETTLED ? settled(0) - settled(SETTLED) : 0;
    shifts[1] = shifts[1] << 1 | shifts[0] >> 63;
    shifts[0] = shifts[0] << 1 | (moved > SHIFT || moved < -SHIFT);
    block = (sense_statistics){0};
}

static void begin(void)
{
    load.on = true;
    load.n_blocks = load.n_taken = 0;
    load.highest = INT16_MIN;
    shifts[0] = shifts[1] = 0;
    block = (sense_statistics){0};
}

bool features_loaded(void)
{
    return load.on;
}

bool features_add(uint32_t millivolt)
{
    if (millivolt < CLOSED_MV) {
        if (load.on && ++load.n_open == GONE)
            load.on = false;
        return false;
    }
    if (!load.on)
        begin();
    load.n_open = 0;
    int16_t now = level(millivolt);
    if (load.n_taken < FIRST)
        load.first[load.n_taken] = now;
    if (load.n_taken < 2 * FIRST) {
        load.n_taken++;
        load.highest = now > load.highest ? now : load.highest;
    }
    sense_statistics_add(&block, now);
    if (block.count < FEATURES_BLOCK)
        return false;
    close_block();
    describe();
    return true;
}
