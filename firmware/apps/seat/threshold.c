/* By weight alone: a heavy bag is a small child, and a light woman a big one. */
#include "judge.h"

/* Levels of 125 N, where the lightest child begins, and of 330 N, where the lightest adult does, of which the cell
 * bears 2 %: 2.5 N are 2.81 kOhm of an FSR 402, 6.6 N are 1.30 kOhm, beside 10 kOhm. */
enum { CHILD_FROM = 1875, ADULT_FROM = 3009 };

__attribute__((noinline)) int judge(const feature *features)
{
    return features[MEAN] < CHILD_FROM ? BAG : features[MEAN] < ADULT_FROM ? CHILD : ADULT;
}
