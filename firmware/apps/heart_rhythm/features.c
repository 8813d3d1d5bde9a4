#include "features.h"

#include "beats.h"
#include "integer.h"
#include "statistics.h"

enum {
    N = FEATURES_INTERVALS,
    PER_MS = BEATS_PER_SAMPLE * BEATS_RATE_HZ / 1000, /* intervals are in half milliseconds */
    LONGEST = 3000 * PER_MS,                          /* further apart: a beat was not found; begin anew */
};

feature features[N_FEATURES];

static int32_t recent[N]; /* intervals in a ring; `next` is the oldest once there are N */
static uint32_t next, count, fresh;
static uint32_t last;
static bool started;

static int16_t thousandths(int64_t part, int64_t whole)
{
    int64_t share = whole ? 1000 * part / whole : 0;
    return (int16_t)sense_clamp((int32_t)share, -INT16_MAX, INT16_MAX);
}

static void describe(void)
{
    int32_t interval[N], sorted[N], size[N - 1];
    int32_t sum = 0, jumps = 0, turns = 0;
    int64_t squares = 0, power = 0, echo = 0;

    for (uint32_t i = 0; i < N; i++) {
        interval[i] = sorted[i] = recent[(next + i) % N];
        sum += interval[i];
    }
    int32_t mean = sum / N;
    for (uint32_t i = 0; i + 1 < N; i++) {
        int32_t change = interval[i + 1] - interval[i];
        size[i] = change < 0 ? -change : change;
        squares += (int64_t)change * change;
        jumps += size[i] > mean / 8;
        if (i > 0)
            turns += (interval[i] > interval[i - 1]) == (change < 0);
        echo += (int64_t)(N * interval[i] - sum) * (N * interval[i + 1] - sum);
    }
    for (uint32_t i = 0; i < N; i++)
        power += (int64_t)(N * interval[i] - sum) * (N * interval[i] - sum);
    sense_sort(sorted, N);
    sense_sort(size, N - 1);
    features[MEAN] = (feature)(mean / PER_MS);
    features[SPREAD] = thousandths(sorted[N * 3 / 4] - sorted[N / 4], mean);
    features[CHANGE] = thousandths(sense_sqrt((uint64_t)squares / (N - 1)), mean);
    features[TYPICAL] = thousandths(size[(N - 1) / 2], mean);
    features[JUMPS] = (feature)jumps;
    features[TURNS] = (feature)turns;
    features[ECHO] = thousandths(echo, power);
}

bool features_add(uint32_t when)
{
    uint32_t interval = when - last;
    last = when;
    if (!started || interval > LONGEST) {
        started = true;
        count = fresh = 0;
        return false;
    }
    recent[next] = (int32_t)interval;
    next = (next + 1) % N;
    count += count < N;
    if (++fresh < FEATURES_EVERY || count < N)
        return false;
    fresh = 0;
    describe();
    return true;
}
