/* What one sees in a few plots: a still wrist is still, a hard blow is running, a shaking bar is cycling; and on stairs
 * the feet land harder than on the flat. */
#include "judge.h"

enum {
    STILL_BELOW = 512,      /* from least to most: half a g */
    HARD_BLOW = 2560,       /* 2.5 g */
    HARD_LANDINGS = 7600,   /* power at twice the step's frequency [log2 / 256] */
};

__attribute__((noinline)) int judge(const feature *features)
{
    const feature *bands = features + ACCELERATION_BANDS;

    if (features[MOST] - features[LEAST] < STILL_BELOW)
        return STILL;
    if (features[MOST] > HARD_BLOW)
        return RUNNING;
    if (bands[6] > bands[2]) /* above 18 Hz, and steps */
        return CYCLING;
    return bands[3] > HARD_LANDINGS ? STAIRS : WALKING;
}
