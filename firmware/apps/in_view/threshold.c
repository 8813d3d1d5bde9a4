/* A plain rule: something is warm by a degree. What reaches into the upper half of the view is a person; what stays
 * below is a pet. */
#include "judge.h"

enum { WARM = FEATURES_PER_DEGREE, UPPER_ROWS = FEATURES_SIDE / 2 };

__attribute__((noinline)) int judge(const feature *features)
{
    int answer = EMPTY;

    for (unsigned i = 0; i < FEATURES_PIXELS; i++) {
        if (features[FEATURES_VIEWS * i + NOW] < WARM)
            continue;
        if (i < UPPER_ROWS * FEATURES_SIDE)
            return PERSON;
        answer = PET;
    }
    return answer;
}
