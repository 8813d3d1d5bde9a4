#include "features.h"

#include "integer.h"

enum {
    KEPT = 128,      /* frames, a power of two: 3.2 s */
    SMOOTH = 10,     /* frames: a quarter of a second, in which the 4 Hz of a seat and its sitter cancel */
    DESCENDING = 88, /* frames back: longer than heads sink */
    REST = 120,      /* frames back, to DESCENDING: where the head was before */
    SHAKEN = 40,     /* frames: a second */
    PER_UNIT = 8 * FEATURES_PER_FRAME, /* steps of 0.122 mg */
};

feature features[N_FEATURES];

static int16_t frames[KEPT][3];             /* means of a frame, forward, left, up */
static int16_t lean[KEPT], aside[KEPT];     /* means of the last SMOOTH frames */
static int32_t sums[3], forward_sum, aside_sum;
static uint32_t n_samples, n_frames;

static unsigned back(unsigned count)
{
    return (n_frames - 1 - count) % KEPT;
}

static int32_t lean_back(unsigned count)
{
    return lean[back(count)];
}

static void close_frame(void)
{
    unsigned now = n_frames++ % KEPT, old = (n_frames - 1 - SMOOTH) % KEPT;
    for (unsigned axis = 0; axis < 3; axis++) {
        frames[now][axis] = (int16_t)((axis ? sums[axis] : -sums[axis]) / PER_UNIT); /* forward, x points down */
        sums[axis] = 0;
    }
    forward_sum += frames[now][0] - frames[old][0]; /* before the first frame all are 0 */
    aside_sum += frames[now][1] - frames[old][1];
    lean[now] = (int16_t)(forward_sum / SMOOTH);
    aside[now] = (int16_t)(aside_sum / SMOOTH);
}

static void describe_rest(int32_t *rest, int32_t *rest_aside)
{
    int32_t sum = 0, sum_aside = 0, least = INT16_MAX, most = INT16_MIN;
    for (unsigned i = DESCENDING; i < REST; i++) {
        int32_t at = lean_back(i);
        sum += at;
        sum_aside += aside[back(i)];
        least = at < least ? at : least;
        most = at > most ? at : most;
    }
    *rest = sum / (REST - DESCENDING);
    *rest_aside = sum_aside / (REST - DESCENDING);
    features[BEFORE] = sense_int16(most - least);
}

/* The course from the last frame at a tenth of the depth: when it was at half, and at nine tenths. */
static void describe_descent(int32_t rest, int32_t depth)
{
    unsigned begin = 0, half = 0, down = 0;
    while (begin < DESCENDING && (lean_back(begin) - rest) * 10 > depth)
        begin++;
    for (half = begin; half > 0 && (lean_back(half) - rest) * 2 < depth;)
        half--;
    for (down = half; down > 0 && (lean_back(down) - rest) * 10 < depth * 9;)
        down--;
    features[ONSET] = sense_int16((int32_t)(begin - half));
    features[FINISH] = sense_int16((int32_t)(half - down));
    features[DESCENT] = sense_int16((int32_t)(begin - down));
    features[DOWN] = sense_int16((int32_t)down);
}

static void describe(int32_t rest, int32_t rest_aside)
{
    int32_t depth = lean_back(0) - rest, fastest = 0, shake = 0, side = aside[back(0)] - rest_aside;

    for (unsigned i = 0; i < DESCENDING; i++) {
        int32_t gained = lean_back(i) - lean_back(i + SMOOTH);
        fastest = gained > fastest ? gained : fastest;
    }
    for (unsigned i = 0; i < SHAKEN; i++) {
        int32_t step = frames[back(i)][2] - frames[back(i + 1)][2];
        shake += step < 0 ? -step : step;
    }
    features[DEPTH] = sense_int16(depth);
    features[RECENT] = sense_int16(lean_back(0) - lean_back(SMOOTH));
    features[FASTEST] = sense_int16(fastest);
    features[STEEP] = sense_int16(fastest * 1024 / depth);
    features[SIDE] = sense_int16(side < 0 ? -side : side);
    features[SHAKE] = sense_int16(shake / SHAKEN);
    describe_descent(rest, depth);
}

bool features_add(const int16_t acceleration[3])
{
    for (unsigned axis = 0; axis < 3; axis++)
        sums[axis] += acceleration[axis];
    if (++n_samples < FEATURES_PER_FRAME)
        return false;
    n_samples = 0;
    close_frame();
    if (n_frames < KEPT + SMOOTH)
        return false; /* too soon after the start to know where the head was */
    int32_t rest, rest_aside;
    describe_rest(&rest, &rest_aside);
    if (lean_back(0) - rest < FEATURES_LEANING)
        return false;
    describe(rest, rest_aside);
    return true;
}
