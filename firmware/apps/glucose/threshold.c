/* What monitors do: the trend goes on for twenty minutes, and 70 mg/dL is low. */
#include "judge.h"

__attribute__((noinline)) int judge(const feature *features)
{
    return features[AHEAD] < 70 * FEATURES_MG ? LOW : FINE;
}
