/* The plain rule: in fibrillation intervals change by more than a tenth of their mean, root mean square (the limit
 * of Dash et al., Ann. Biomed. Eng. 37, 2009, for RMSSD; from memory). */
#include "judge.h"

__attribute__((noinline)) int judge(const feature *features)
{
    return features[CHANGE] > 100 ? FIBRILLATION : NORMAL;
}
