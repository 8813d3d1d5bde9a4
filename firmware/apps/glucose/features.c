#include "features.h"

#include "integer.h"

enum {
    MINUTES = FEATURES_PERIOD_S / 60,
    HOUR = 60 / MINUTES,
    KEPT = 3 * HOUR,
    WARM_UP = 2 * HOUR,
    LINE = 4, /* intervals of a line through the last 20 minutes */
    /* What the factory found of this batch: sim/coincell/signals/body/glucose_sensor.py, `FACTORY` */
    SENSITIVITY_PA = 225, /* for 1 mg/dL */
    BACKGROUND_PA = 1750,
    ONE = 1 << 16,
    UNSETTLED = ONE * 3 / 10, /* of the sensitivity, at first */
    SETTLING = 62862,         /* what is left of that after five minutes, of ONE: exp(-5 / 120) */
};

feature features[N_FEATURES];

static int16_t kept[KEPT];
static uint32_t n_kept; /* ever */
static uint32_t unsettled = UNSETTLED;

static int32_t back(uint32_t steps)
{
    return kept[(n_kept - 1 - steps) % KEPT];
}

static int32_t glucose(int32_t current_pa)
{
    uint32_t faded = n_kept * (ONE / 100) / (24 * HOUR), gain = ONE - unsettled - (faded < ONE / 4 ? faded : ONE / 4);
    int64_t nominal = (int64_t)(current_pa - BACKGROUND_PA) * FEATURES_MG * ONE;

    return sense_clamp((int32_t)(nominal / SENSITIVITY_PA / gain), 0, 600 * FEATURES_MG);
}

/* Change over `2 * half` steps by the least-squares line through the 2 * half + 1 means that end `ago` steps ago. */
static int32_t line(int32_t half, uint32_t ago)
{
    int32_t moment = 0, squares = half * (half + 1) * (2 * half + 1) / 3;
    for (int32_t i = -half; i <= half; i++)
        moment += i * back(ago + (uint32_t)(half - i));
    return moment * 2 * half / squares;
}

static void describe(void)
{
    uint32_t n = n_kept < KEPT ? n_kept : KEPT, since = 0;
    int32_t now = back(0), least = now, most = now, flutter = 0, change = line(LINE / 2, 0);

    for (uint32_t i = 0; i < n; i++) {
        if (i < HOUR && back(i) < least)
            least = back(i);
        if (back(i) > most) {
            most = back(i);
            since = i;
        }
    }
    for (uint32_t i = 0; i < 2 * LINE; i++) {
        int32_t off = 2 * back(i + 1) - back(i) - back(i + 2);
        flutter += off < 0 ? -off : off;
    }
    features[NOW] = sense_int16(now);
    features[STEP] = sense_int16(now - back(1));
    features[CHANGE] = sense_int16(change);
    features[LONGER] = sense_int16(line(LINE, 0));
    features[AHEAD] = sense_int16(now + change);
    features[BEND] = sense_int16(change - line(LINE / 2, LINE));
    features[LEAST] = sense_int16(least - now);
    features[MOST] = sense_int16(most - now);
    features[SINCE] = sense_int16((int32_t)since * MINUTES);
    features[FLUTTER] = sense_int16(flutter / (4 * LINE));
    features[AGE] = sense_int16((int32_t)(n_kept / HOUR));
}

bool features_add(int32_t current_pa)
{
    kept[n_kept % KEPT] = (int16_t)glucose(current_pa);
    n_kept++;
    unsettled = unsettled * SETTLING / ONE;
    if (n_kept < WARM_UP)
        return false;
    describe();
    return true;
}
