/* What a plain occupancy thermostat does: somebody is there until half an hour without movement, and at night. */
#include "judge.h"

enum { HOUR = FEATURES_DAY / 24, MORNING = 7 * HOUR, NIGHT = 22 * HOUR };

__attribute__((noinline)) int judge(const feature *features)
{
    bool asleep = features[QUARTER] < MORNING || features[QUARTER] >= NIGHT;
    return asleep || features[STILL] < 2 ? OCCUPIED : AWAY;
}
