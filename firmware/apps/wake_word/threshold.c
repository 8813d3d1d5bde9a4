/* The plain rule: COIN-CELL is a vowel, a hiss, a vowel, and then nothing. */
#include "judge.h"

enum {
    LOW = 2, MIDDLE = 16, HIGH = 24, /* bands: from 220 Hz, 1.9 kHz and 3.9 kHz on */
    LOUD = 16, /* above the window's mean in eighths of an octave: 6 dB */
    VOWEL = 4, HISS = 3, QUIET = 2, /* frames: 80 ms, 60 ms, 40 ms */
};

enum kind { SILENCE, VOICED, HISSED };

static int32_t mean(const feature *frame, int32_t first, int32_t end)
{
    int32_t sum = 0;
    for (int32_t band = first; band < end; band++)
        sum += frame[band];
    return sum / (end - first);
}

static enum kind kind_of(const feature *frame)
{
    int32_t low = mean(frame, LOW, MIDDLE), high = mean(frame, HIGH, BANDS);
    if (low < LOUD && high < LOUD)
        return SILENCE;
    return high > low ? HISSED : VOICED;
}

/* How many frames of a kind there are before `end`; a stray frame of another kind ends them. */
static int32_t run(const feature *features, enum kind kind, int32_t end)
{
    int32_t frame = end;
    while (frame > 0 && kind_of(features + (frame - 1) * BANDS) == kind)
        frame--;
    return end - frame;
}

__attribute__((noinline)) int judge(const feature *features)
{
    int32_t speech = 0;
    for (int32_t frame = 0; frame < FRAMES; frame++)
        speech += kind_of(features + frame * BANDS) != SILENCE;
    if (speech < VOWEL)
        return NOISE;
    int32_t quiet = run(features, SILENCE, FRAMES), end = FRAMES - quiet;
    int32_t second = run(features, VOICED, end), hiss = run(features, HISSED, end - second);
    int32_t first = run(features, VOICED, end - second - hiss);
    bool word = quiet >= QUIET && second >= VOWEL && hiss >= HISS && first >= VOWEL;
    return word ? WORD : OTHER;
}
