/* A plain rule: something is warm by 1.5 degrees in two pixels or more. What reaches into the upper half of the view
 * is a person; what stays below is a pet. */
#include "judge.h"

enum { WARM = 3 * FEATURES_PER_DEGREE / 2, LEAST_PIXELS = 2, UPPER_ROWS = FEATURES_SIDE / 2 };

__attribute__((noinline)) int judge(const feature *features)
{
    unsigned upper = 0, lower = 0;

    for (unsigned i = 0; i < N_FEATURES; i++) {
        if (features[i] < WARM)
            continue;
        if (i < UPPER_ROWS * FEATURES_SIDE)
            upper++;
        else
            lower++;
    }
    if (upper + lower < LEAST_PIXELS)
        return EMPTY;
    return upper ? PERSON : PET;
}
