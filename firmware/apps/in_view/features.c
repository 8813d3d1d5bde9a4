#include "features.h"

#include <stdbool.h>

#include "integer.h"

enum {
    ONE = 4096,   /* a quarter of a degree in the background's scale: it follows to 1/16 of that */
    FAST = 4,     /* shift: at first the background is the mean of a few frames */
    SLOW = 8,     /* then it follows with 26 s at ten frames a second */
    SETTLED = 30, /* frames */
    STEP = 2,     /* what is farther away [quarters of a degree] pulls no harder: somebody who passes */
};

feature features[N_FEATURES];

static int32_t background[N_FEATURES];
static uint32_t n_frames;

/* Of an even number: the upper of the two in the middle. */
static int32_t median(const int32_t *values)
{
    int32_t sorted[N_FEATURES];

    for (unsigned i = 0; i < N_FEATURES; i++) {
        unsigned place = i;
        for (; place > 0 && sorted[place - 1] > values[i]; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = values[i];
    }
    return sorted[N_FEATURES / 2];
}

void features_add(const int16_t pixels[N_FEATURES])
{
    int32_t above[N_FEATURES];
    bool settling = n_frames < SETTLED;

    for (unsigned i = 0; i < N_FEATURES; i++) {
        int32_t now = pixels[i] * ONE;
        if (n_frames == 0)
            background[i] = now;
        above[i] = now - background[i];
        int32_t limit = settling ? INT32_MAX : STEP * ONE;
        background[i] += sense_clamp(above[i], -limit, limit) >> (settling ? FAST : SLOW);
    }
    n_frames += settling;
    int32_t middle = median(above);
    for (unsigned i = 0; i < N_FEATURES; i++)
        features[i] = (feature)sense_clamp((above[i] - middle) * FEATURES_PER_DEGREE / (4 * ONE), -128, 127);
}
