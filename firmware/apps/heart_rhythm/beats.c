/* After Pan and Tompkins (IEEE TBME 32, 1985): a band of 5 to 18 Hz leaves the QRS complex, and a threshold that
 * follows its height finds it. Of its lobes now one is the highest and now another, so a beat's time is the centre of
 * their energy. Heights are in 1/16 of a sample's step. */
#include "beats.h"

#include "biquad.h"

enum {
    FRACTION = 16,
    LEARN = 4 * BEATS_RATE_HZ,        /* the amplifier settles in one half of it, the height is that of the other */
    REACH = BEATS_RATE_HZ * 8 / 100,  /* the complex lies within so much of its peak, nothing higher does */
    KEPT = 32,                        /* heights, a power of two above 2 * REACH */
    REFRACTORY = BEATS_RATE_HZ / 4,   /* no heart is faster; hides the T wave too */
    PATIENCE = BEATS_RATE_HZ * 6 / 5, /* so long after a beat the threshold begins to sink */
    LEAST = 16 * FRACTION,            /* below it no heart is connected; the R wave has some hundred steps */
};

/* scipy.signal.butter(1, [5, 18], "bandpass", fs=125, output="sos") */
static const sense_biquad_design qrs_band = {
    SENSE_BIQUAD_Q29(0.25310173588176327),  0, SENSE_BIQUAD_Q29(-0.25310173588176327),
    SENSE_BIQUAD_Q29(-1.3209784791269288), SENSE_BIQUAD_Q29(0.49379652823647346),
};
static sense_biquad_state filter;
static int32_t heights[KEPT];
static uint32_t now, peak_at; /* samples */
static int32_t level;         /* of the beats' peaks */
static int32_t peak;          /* of the beat that is looked at; 0: none is */

/* The centre of the energy around the peak, from the peak on. */
static int32_t centre(void)
{
    int64_t energy = 0, moment = 0;
    for (int32_t k = -REACH; k <= REACH; k++) {
        int64_t height = heights[(peak_at + (uint32_t)k) % KEPT];
        energy += height * height;
        moment += height * height * k;
    }
    return (int32_t)(moment * BEATS_PER_SAMPLE / energy);
}

bool beats_add(int16_t sample, uint32_t *when)
{
    int32_t value = sense_biquad(&qrs_band, &filter, (int32_t)sample * FRACTION);
    int32_t height = value < 0 ? -value : value;
    bool complete = false;

    heights[now % KEPT] = height;
    if (now < LEARN) {
        if (now >= LEARN / 2 && height > level)
            level = height;
        peak_at = now;
    } else if (peak > 0 ? height > peak : now - peak_at > REFRACTORY && height > level / 2 && height > LEAST) {
        peak = height;
        peak_at = now;
    } else if (peak > 0) {
        complete = now - peak_at == REACH;
    } else if (now - peak_at > PATIENCE) {
        level -= level / 64;
    }
    if (complete) {
        *when = peak_at * BEATS_PER_SAMPLE + (uint32_t)centre();
        level += (peak - level) / 8;
        peak = 0;
    }
    now++;
    return complete;
}
