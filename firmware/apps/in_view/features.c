#include "features.h"

#include <stdbool.h>
#include <string.h>

#include "integer.h"
#include "statistics.h"

enum {
    ONE = 4096,   /* a quarter of a degree in the background's scale: it follows to 1/16 of that */
    FAST = 4,     /* shift: at first the background is the mean of a few frames */
    SLOW = 8,     /* then it follows with 26 s at ten frames a second */
    TREND = 15,   /* and its own rate with minutes: a radiator that heats is no visitor */
    RECENT = 2,   /* shift of LATELY */
    SETTLED = 30, /* frames */
    STEP = 2,     /* what is farther away [quarters of a degree] pulls no harder: somebody who passes */
    QUICKEST = 164 << TREND, /* a tenth of a degree a second, more than radiators do */
};

feature features[N_FEATURES];

static int32_t background[FEATURES_PIXELS], rate[FEATURES_PIXELS], lately[FEATURES_PIXELS];
static uint32_t n_frames;

/* Of an even number: the upper of the two in the middle. */
static int32_t median(const int32_t *values)
{
    int32_t sorted[FEATURES_PIXELS];

    memcpy(sorted, values, sizeof sorted);
    sense_sort(sorted, FEATURES_PIXELS);
    return sorted[FEATURES_PIXELS / 2];
}

static void show(const int32_t *above, unsigned view)
{
    int32_t middle = median(above);

    for (unsigned i = 0; i < FEATURES_PIXELS; i++)
        features[FEATURES_VIEWS * i + view] = sense_int8((above[i] - middle) * FEATURES_PER_DEGREE / (4 * ONE));
}

void features_add(const int16_t pixels[FEATURES_PIXELS])
{
    int32_t above[FEATURES_PIXELS];
    bool settling = n_frames < SETTLED;

    for (unsigned i = 0; i < FEATURES_PIXELS; i++) {
        int32_t now = pixels[i] * ONE;
        if (n_frames == 0)
            background[i] = now;
        above[i] = now - background[i];
        lately[i] += (above[i] - lately[i]) >> RECENT;
        if (settling) {
            background[i] += above[i] >> FAST;
        } else {
            int32_t pull = sense_clamp(above[i], -STEP * ONE, STEP * ONE);
            rate[i] = sense_clamp(rate[i] + pull, -QUICKEST, QUICKEST);
            background[i] += (pull >> SLOW) + (rate[i] >> TREND);
        }
    }
    n_frames += settling;
    show(above, NOW);
    show(lately, LATELY);
}
