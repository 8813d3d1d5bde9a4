/* Who looks at something moves the head there in half a second at most, nearly all the way within a quarter: a head
 * that leans far and never went so fast has sunk. */
#include "judge.h"

enum {
    FAR = 200,           /* 11 degrees */
    FAST = 1024 * 3 / 4, /* of the way in a quarter of a second */
};

__attribute__((noinline)) int judge(const feature *features)
{
    return features[DEPTH] > FAR && features[STEEP] < FAST ? NOD : AWAKE;
}
