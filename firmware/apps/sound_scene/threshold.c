/* The plain rule: how loud it is, which way the spectrum leans, how much it swings, whether tones stand out. */
#include "judge.h"

enum {
    LOUD = -8,       /* loudest band, as LEVEL has it */
    DEEP = 45,       /* lowest bands above the middle [0.376 dB]: 17 dB */
    TONAL = 7,       /* as LINE has it */
    SYLLABLES = 0,   /* as SWING has it, as is the next */
    PASSING = -31,   /* cars come and go */
};

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
    if (most(level) < LOUD)
        return QUIET;
    if (mean(level, 0, 2) - mean(level, 6, 10) > DEEP)
        return WIND;
    if (mean(line, 9, BANDS) > TONAL)
        return MUSIC;
    if (mean(swing, 4, 12) > SYLLABLES)
        return TALK;
    return most(swing) > PASSING ? STREET : MACHINE;
}
