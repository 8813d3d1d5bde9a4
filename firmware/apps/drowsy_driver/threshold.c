/* Who looks at something moves the head there in half a second at most; a head that takes longer sinks. */
#include "judge.h"

enum {
    DEEP = 200,  /* 11 degrees */
    SLOWLY = 14, /* frames from a tenth of the way to nine tenths: 0.35 s, smoothed */
};

__attribute__((noinline)) int judge(const feature *features)
{
    bool stopped = features[RECENT] * 8 < features[DEPTH];
    return features[DEPTH] > DEEP && stopped && features[DOWN] < 10 && features[DESCENT] > SLOWLY ? NOD : AWAKE;
}
