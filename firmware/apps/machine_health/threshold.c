/* The plain rule of vibration monitors: movement at the shaft's speed or ringing beyond four times the power that it had
 * when the machine was well. */
#include "judge.h"

enum { TOO_MUCH = 2 * FEATURES_PER_OCTAVE };

__attribute__((noinline)) int judge(const feature *features)
{
    if (features[RING] > TOO_MUCH)
        return BEARING;
    return features[ONCE] > TOO_MUCH ? IMBALANCE : HEALTHY;
}
