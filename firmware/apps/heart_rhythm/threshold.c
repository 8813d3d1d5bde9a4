/* The plain rule: in fibrillation intervals change by more than a tenth of their mean, root mean square, once early
 * beats have been put aside (Dash et al., Ann. Biomed. Eng. 37, 2009, for RMSSD; from memory). The median change, which
 * they do not move, stands for it; its limit is in the middle of those that suit the training scenes best, 90 to 100. */
#include "judge.h"

enum { LIMIT = 95 }; /* thousandths of the mean interval */

__attribute__((noinline)) int judge(const feature *features)
{
    return features[TYPICAL] > LIMIT ? FIBRILLATION : NORMAL;
}
