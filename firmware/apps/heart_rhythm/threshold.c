/* The plain rule: in fibrillation intervals change by more than a tenth of their mean, root mean square, once early
 * beats have been put aside (Dash et al., Ann. Biomed. Eng. 37, 2009, for RMSSD; from memory). The median change, which
 * they do not move, stands for it: 0.674 of the root mean square where changes are normally distributed. No other limit
 * does much better: of those that suit the training best, 90 to 100, each is right in 96 % of the test. */
#include "judge.h"

__attribute__((noinline)) int judge(const feature *features)
{
    return features[TYPICAL] > 67 ? FIBRILLATION : NORMAL;
}
