/* The plain rule: how loud it is, which way the spectrum leans, how much it swings, whether tones stand out. */
#include "judge.h"

static int32_t mean(const feature *from, int32_t first, int32_t end)
{
    int32_t sum = 0;
    for (int32_t band = first; band < end; band++)
        sum += from[band];
    return sum / (end - first);
}

static int32_t most(const feature *from)
{
    int32_t highest = from[0];
    for (int32_t band = 1; band < BANDS; band++)
        highest = from[band] > highest ? from[band] : highest;
    return highest;
}

/* Bands: 0 and 1 are below 150 Hz, 4 to 11 the voice's 300 Hz to 2.3 kHz, 6 to 9 the middle, 9 and up lie above
 * 1.1 kHz. Limits were set by eye on training scenes. */
__attribute__((noinline)) int judge(const feature *features)
{
    const feature *level = features + LEVEL, *swing = features + SWING, *line = features + LINE;
    if (most(level) < -8)
        return QUIET;
    if (mean(level, 0, 2) - mean(level, 6, 10) > 45) /* 17 dB */
        return WIND;
    if (mean(line, 9, BANDS) > 7)
        return MUSIC;
    if (mean(swing, 4, 12) > 0)
        return TALK;
    return most(swing) > -31 ? STREET : MACHINE; /* cars come and go */
}
