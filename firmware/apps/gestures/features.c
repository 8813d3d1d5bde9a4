#include "features.h"

#include <string.h>

#include "integer.h"

enum {
    FRACTION = 8, /* bits of the slow mean */
    SLOW = 7,     /* its time constant is 2^7 frames: 4.3 s */
    PER_64TH_G = 4098 / 64,    /* steps of 0.244 mg */
    PER_2_DPS = 2000 * 2 / 35, /* steps of 17.5 mdps */
    MOVING_G = 6,   /* beyond either, the hand moves: 0.09 g */
    MOVING_DPS = 10, /* 20 dps */
    LATELY = 10,    /* frames: a third of a second */
};

feature features[N_FEATURES];

static int32_t sums[N_CHANNELS], means[N_CHANNELS];
static uint32_t n_samples, n_frames, last_moved;

/* The frame's value in the features' unit, less the slow mean, which it then moves. */
static int32_t settled(unsigned channel)
{
    int32_t value = (int32_t)((uint32_t)sums[channel] << FRACTION) / FEATURES_PER_FRAME;
    int32_t away = value - means[channel];

    if (n_frames == 0)
        means[channel] = value, away = 0;
    else
        means[channel] += away >> SLOW;
    return away / (1 << FRACTION) / (channel < 3 ? PER_64TH_G : PER_2_DPS);
}

bool features_add(const int16_t acceleration[3], const int16_t rotation[3])
{
    feature *frame = features + N_FEATURES - N_CHANNELS;

    for (unsigned axis = 0; axis < 3; axis++) {
        sums[axis] += acceleration[axis];
        sums[axis + 3] += rotation[axis];
    }
    if (++n_samples < FEATURES_PER_FRAME)
        return false;
    n_samples = 0;
    memmove(features, features + N_CHANNELS, N_FEATURES - N_CHANNELS);
    for (unsigned channel = 0; channel < N_CHANNELS; channel++) {
        int32_t value = settled(channel);
        int32_t moving = channel < 3 ? MOVING_G : MOVING_DPS;
        if (value > moving || value < -moving)
            last_moved = n_frames;
        frame[channel] = sense_int8(value);
        sums[channel] = 0;
    }
    n_frames++;
    return n_frames > N_FRAMES && n_frames - last_moved <= LATELY;
}
