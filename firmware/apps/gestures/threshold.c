/* Rules as one writes them after looking at gestures: to and fro several times is a shake, once round is a circle, and
 * a turn that has just slowed down is a swipe. */
#include "judge.h"

enum {
    X, Y, Z, TURN_X, TURN_Y, TURN_Z,  /* channels */
    SHAKING = 24, CIRCLING = 40, SWIPING = 14, /* frames that each rule looks at */
    HARD = 32, FIRM = 8, /* acceleration: 0.5 g, 0.13 g */
    ANGLE = 220,         /* turned: 15 degrees in 2 dps times 33.6 ms */
};

static int32_t value(const feature *features, int back, int channel)
{
    return features[(N_FRAMES - 1 - back) * N_CHANNELS + channel];
}

static int turns_round(const feature *features, int channel)
{
    int turns = 0, side = 0;
    for (int back = SHAKING - 1; back >= 0; back--) {
        int32_t a = value(features, back, channel);
        int now = a > HARD ? 1 : a < -HARD ? -1 : side;
        turns += side != 0 && now != side;
        side = now;
    }
    return turns;
}

/* Quarters of a turn, clockwise as who holds the device sees it, that the acceleration made about the forearm. */
static int quarters(const feature *features)
{
    int quarters = 0, last = -1;
    for (int back = CIRCLING - 1; back >= 0; back--) {
        int32_t x = value(features, back, X), z = value(features, back, Z);
        if (x * x + z * z < FIRM * FIRM)
            continue;
        int now = x > 0 ? (z > 0 ? 0 : 1) : (z > 0 ? 3 : 2);
        if (last >= 0 && now == (last + 1) % 4)
            quarters++;
        if (last >= 0 && now == (last + 3) % 4)
            quarters--;
        last = now;
    }
    return quarters;
}

/* The angle turned, when the turning has just slowed to a third of its fastest; else 0. */
static int32_t swept(const feature *features, int channel)
{
    int32_t angle = 0, fastest = 0, now = value(features, 0, channel);
    for (int back = 0; back < SWIPING; back++) {
        int32_t rate = value(features, back, channel);
        angle += rate;
        rate = rate < 0 ? -rate : rate;
        fastest = rate > fastest ? rate : fastest;
    }
    return (now < 0 ? -now : now) * 3 < fastest ? angle : 0;
}

__attribute__((noinline)) int judge(const feature *features)
{
    for (int channel = X; channel <= Z; channel++)
        if (turns_round(features, channel) >= 5)
            return SHAKE;
    if (quarters(features) >= 4)
        return CIRCLE;

    int32_t aside = swept(features, TURN_Z), aloft = swept(features, TURN_X);
    if (aside > ANGLE)
        return SWIPE_LEFT;
    if (aside < -ANGLE)
        return SWIPE_RIGHT;
    if (aloft > ANGLE)
        return SWIPE_UP;
    if (aloft < -ANGLE)
        return SWIPE_DOWN;
    return NOTHING;
}
