/* What one sees in a few plots: a still wrist is still, a hard blow is running, a shaking bar is cycling; and on stairs
 * the feet land harder than on the flat. */
#include "judge.h"

__attribute__((noinline)) int judge(const feature *features)
{
    const feature *bands = features + ACCELERATION_BANDS;

    if (features[MOST] - features[LEAST] < 512)
        return STILL;
    if (features[MOST] > 2560)
        return RUNNING;
    if (bands[6] > bands[2]) /* above 18 Hz, and steps */
        return CYCLING;
    return bands[3] > 7600 ? STAIRS : WALKING; /* twice the step's frequency */
}
