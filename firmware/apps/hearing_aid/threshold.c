/* The plain rule: syllables make the voice's bands swing; most noises do not. */
#include "judge.h"

enum {
    FIRST = 1, END = 9, /* 190 Hz to 1.4 kHz, where the voice is strongest */
    SWING = 8,          /* mean distance from the mean that counts as speech: 3 dB */
};

__attribute__((noinline)) int judge(const feature *features)
{
    int32_t swing = 0;
    for (int32_t band = FIRST; band < END; band++) {
        int32_t sum = 0;
        for (int32_t frame = 0; frame < FRAMES; frame++)
            sum += features[frame * BANDS + band];
        for (int32_t frame = 0; frame < FRAMES; frame++) {
            int32_t above = features[frame * BANDS + band] - sum / FRAMES;
            swing += above < 0 ? -above : above;
        }
    }
    return swing > SWING * FRAMES * (END - FIRST) ? SPEECH : NOISE;
}
