/* The plain rule: syllables swing, and while somebody speaks some band is above what it is on average. */
#include "judge.h"

enum { FIRST = 1, END = 9 }; /* 190 Hz to 1.4 kHz: where the voice is */

/* Limits were set by eye on training scenes. */
__attribute__((noinline)) int judge(const feature *features)
{
    int32_t swing = 0, rise = features[RISE];
    for (int band = FIRST; band < END; band++)
        swing += features[SWING + band];
    for (int band = 1; band < BANDS; band++)
        rise = features[RISE + band] > rise ? features[RISE + band] : rise;
    return swing / (END - FIRST) > -35 && rise > 2 ? SPEECH : NOISE;
}
