/* After Pan and Tompkins (IEEE TBME 32, 1985): a band of 5 to 18 Hz leaves the QRS complex, and a threshold that
 * follows its height finds it. Heights are in 1/16 of a sample's step. */
#include "beats.h"

#include "biquad.h"

enum {
    FRACTION = 16,
    LEARN = 4 * BEATS_RATE_HZ,        /* the amplifier settles in one half of it, the height is that of the other */
    SEARCH = BEATS_RATE_HZ / 10,      /* from crossing the threshold on the wave's peak is looked for */
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
static uint32_t now, peak_at, search; /* samples: taken; before the newest peak; left to look for it in */
static int32_t level;                 /* of the beats' peaks */
static int32_t last, before, peak, after;

static void rise(int32_t height)
{
    peak_at = now;
    before = last;
    peak = height;
    after = 0;
}

/* Where a parabola through the peak and its neighbours has its top, from the peak on. */
static int32_t top(void)
{
    return (after - before) * (BEATS_PER_SAMPLE / 2) / (2 * peak - before - after);
}

bool beats_add(int16_t sample, uint32_t *when)
{
    int32_t value = sense_biquad(&qrs_band, &filter, (int32_t)sample * FRACTION);
    int32_t height = value < 0 ? -value : value;
    bool complete = false;

    if (now < LEARN) {
        if (now >= LEARN / 2 && height > level)
            level = height;
        peak_at = now;
    } else if (search > 0) {
        if (now == peak_at + 1)
            after = height;
        if (height > peak)
            rise(height);
        complete = --search == 0;
    } else if (now - peak_at > REFRACTORY && height > level / 2 && height > LEAST) {
        search = SEARCH;
        rise(height);
    } else if (now - peak_at > PATIENCE) {
        level -= level / 64;
    }
    if (complete) {
        *when = peak_at * BEATS_PER_SAMPLE + (uint32_t)top();
        level += (peak - level) / 8;
    }
    last = height;
    now++;
    return complete;
}
