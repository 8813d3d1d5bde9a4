/* The plain rule: COIN-CELL is a vowel, a hiss and a vowel. Limits were set by eye on training scenes. */
#include "judge.h"

enum {
    LOW = 2, MIDDLE = 16, HIGH = 24, /* bands: from 220 Hz, 1.9 kHz and 3.9 kHz on */
    SPEECH = 16,                     /* the loudest frame above the mean of all: 6 dB */
    LOUD = 4,                        /* a frame above it, in which there is a sound: 1.5 dB */
    VOWEL_MIN = 5, VOWEL_MAX = 16,   /* frames: 100 to 320 ms */
    HISS_MIN = 3, HISS_MAX = 12,     /* 60 to 240 ms */
    BETWEEN = 4,                     /* at most, from one sound to the next: 80 ms */
};

enum sound { NONE, VOWEL, HISS };

static int32_t mean(const feature *frame, int32_t first, int32_t end)
{
    int32_t sum = 0;
    for (int32_t band = first; band < end; band++)
        sum += frame[band];
    return sum / (end - first);
}

static enum sound sound_of(int32_t low, int32_t high)
{
    if (high > low)
        return high >= LOUD ? HISS : NONE;
    return low >= LOUD ? VOWEL : NONE;
}

/* Where the sounds of a kind that end at *end begin; false when it lasts too short or long. */
static bool ends_with(const uint8_t *sounds, enum sound kind, int32_t least, int32_t most, int32_t *end)
{
    int32_t first = *end;
    while (first > 0 && sounds[first - 1] == kind)
        first--;
    int32_t length = *end - first;
    *end = first;
    return length >= least && length <= most;
}

static int32_t before_the_pause(const uint8_t *sounds, int32_t end, int32_t most)
{
    int32_t first = end;
    while (first > 0 && end - first < most && sounds[first - 1] == NONE)
        first--;
    return first;
}

__attribute__((noinline)) int judge(const feature *features)
{
    uint8_t sounds[FRAMES];
    int32_t loudest = INT8_MIN;
    for (int32_t i = 0; i < FRAMES; i++) {
        const feature *frame = features + i * BANDS;
        int32_t low = mean(frame, LOW, MIDDLE), high = mean(frame, HIGH, BANDS);
        loudest = low > loudest ? low : high > loudest ? high : loudest;
        sounds[i] = (uint8_t)sound_of(low, high);
    }
    if (loudest < SPEECH)
        return NOISE;

    int32_t end = before_the_pause(sounds, FRAMES, FRAMES);
    if (!ends_with(sounds, VOWEL, VOWEL_MIN, VOWEL_MAX, &end))
        return OTHER;
    end = before_the_pause(sounds, end, BETWEEN);
    if (!ends_with(sounds, HISS, HISS_MIN, HISS_MAX, &end))
        return OTHER;
    end = before_the_pause(sounds, end, BETWEEN);
    return ends_with(sounds, VOWEL, VOWEL_MIN, VOWEL_MAX, &end) ? WORD : OTHER;
}
