/* The plain rule of vibration monitors: movement at one of the shaft's orders beyond twice the power that it had when the
 * machine was well, or ringing, which changes with the load, beyond four times. */
#include "judge.h"

enum { TOO_MUCH = FEATURES_PER_OCTAVE, TOO_LOUD = 2 * FEATURES_PER_OCTAVE };

__attribute__((noinline)) int judge(const feature *features)
{
    if (features[RING] > TOO_LOUD)
        return BEARING;
    if (features[TWICE] > TOO_MUCH || features[MANY] > TOO_MUCH)
        return MOUNTING;
    return features[ONCE] > TOO_MUCH ? IMBALANCE : HEALTHY;
}
