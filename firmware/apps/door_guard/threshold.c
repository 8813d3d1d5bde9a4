/* What shock sensors and magnetic contacts do: an open contact is an open door, several blows in a second are somebody
 * who shakes it. */
#include "judge.h"

enum { BLOW = FEATURES_G / 8, SEVERAL = 8 }; /* crossings: two a blow */

__attribute__((noinline)) int judge(const feature *features)
{
    if (features[OPEN])
        return OPENED;
    return features[PEAK] > BLOW && features[TURNS] >= SEVERAL ? SHAKEN : KNOCKED;
}
