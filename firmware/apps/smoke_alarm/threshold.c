/* What alarms do: so much smoke, or a heat that no kitchen has. */
#include "judge.h"

enum {
    ALARM = 8 * FEATURES_STEPS_PER_PERCENT, /* within 1.6 to 12 %/m, where UL 217 wants it (from memory) */
    HEAT = 10 * FEATURES_STEPS_PER_K,
};

__attribute__((noinline)) int judge(const feature *features)
{
    return features[SMOKE] > ALARM || features[WARM] > HEAT ? FIRE : NUISANCE;
}
