/* The plain rule of many fall detectors: for a moment nearly weightless, then a hard blow, then lying otherwise
 * than before. */
#include "judge.h"

__attribute__((noinline)) int judge(const feature *features)
{
    bool weightless = features[LOW] < FEATURES_G * 6 / 10;
    bool hard = features[PEAK] > FEATURES_G * 5 / 2;
    bool turned = features[TURNED] > 512; /* by more than 60 degrees */
    return weightless && hard && turned ? FALL : OTHER;
}
