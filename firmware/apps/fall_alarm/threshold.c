/* The plain rule of many fall detectors: for a moment nearly weightless, then a hard blow, then lying otherwise
 * than before. */
#include "judge.h"

enum { WEIGHTLESS = FEATURES_G * 6 / 10, HARD = FEATURES_G * 5 / 2, OTHERWISE = 512 /* 60 degrees and more */ };

__attribute__((noinline)) int judge(const feature *features)
{
    bool weightless = features[LOW] < WEIGHTLESS;
    bool hard = features[PEAK] > HARD;
    bool turned = features[TURNED] > OTHERWISE;
    return weightless && hard && turned ? FALL : OTHER;
}
