#include "features.h"

#include "integer.h"
#include "statistics.h"

enum {
    KEPT = 512, /* samples, a power of two: 4.3 s */
    BLOW = 2 * FEATURES_G,
    SERIES = FEATURES_RATE_HZ,      /* of a longer series of blows the last second counts */
    WAY = FEATURES_RATE_HZ,         /* on which the peak may have been reached */
    POSTURE = FEATURES_RATE_HZ / 2, /* before that */
    RESTING = FEATURES_RATE_HZ / 3, /* after the blow */
    AROUND = FEATURES_RATE_HZ / 8,  /* either side of the peak */
    PER_CM_PER_S = FEATURES_G * FEATURES_RATE_HZ / 981, /* sum of magnitudes that is 1 cm/s */
};

feature features[N_FEATURES];

static int16_t kept[KEPT][3];
static int16_t size[KEPT];           /* of them [1/1024 g] */
static uint32_t n_taken;             /* the newest is n_taken - 1 */
static uint32_t first_blow, last_blow;
static bool in_blow;

static int32_t size_at(uint32_t index)
{
    return size[index % KEPT];
}

static const int16_t *at(uint32_t index)
{
    return kept[index % KEPT];
}

static int16_t magnitude(int32_t x, int32_t y, int32_t z)
{
    return (int16_t)(sense_sqrt((uint64_t)((int64_t)x * x + (int64_t)y * y + (int64_t)z * z)) / 4);
}

static int16_t step_at(uint32_t index)
{
    const int16_t *now = at(index), *then = at(index - 1);
    return (int16_t)sense_clamp(magnitude(now[0] - then[0], now[1] - then[1], now[2] - then[2]), 0, INT16_MAX);
}

static int32_t deviation(uint32_t begin, uint32_t end)
{
    sense_statistics seen = {0};
    for (uint32_t i = begin; i < end; i++)
        sense_statistics_add(&seen, (int16_t)size_at(i));
    return (int32_t)sense_sqrt(sense_variance(&seen));
}

/* Mean of the samples [1/1024 g]. */
static void gravity(uint32_t begin, uint32_t end, int32_t up[3])
{
    for (unsigned axis = 0; axis < 3; axis++) {
        int32_t sum = 0;
        for (uint32_t i = begin; i < end; i++)
            sum += at(i)[axis];
        up[axis] = sum / (int32_t)(end - begin) / 4;
    }
}

static int64_t dot(const int32_t a[3], const int32_t b[3])
{
    return (int64_t)a[0] * b[0] + (int64_t)a[1] * b[1] + (int64_t)a[2] * b[2];
}

static int32_t turned(const int32_t a[3], const int32_t b[3])
{
    int64_t lengths = (int64_t)sense_sqrt((uint64_t)dot(a, a)) * sense_sqrt((uint64_t)dot(b, b));
    return lengths ? FEATURES_G - (int32_t)(dot(a, b) * FEATURES_G / lengths) : 0;
}

static void describe_way_down(uint32_t peak)
{
    int32_t low = size_at(peak), time = 0, speed = 0, way = 0;

    for (uint32_t i = peak - WAY; i < peak; i++) {
        int32_t lost = FEATURES_G - size_at(i);
        if (size_at(i) < low)
            low = size_at(i);
        time += lost > FEATURES_G / 5;
        speed = speed + lost > 0 ? speed + lost : 0; /* a way down begins where a way up ended */
        way = speed ? way + speed / PER_CM_PER_S : 0;
    }
    features[LOW] = sense_int16(low);
    features[LOW_TIME] = sense_int16(time);
    features[LOST] = sense_int16(speed / PER_CM_PER_S);
    features[SUNK] = sense_int16(way / FEATURES_RATE_HZ);
}

static void describe_blow(uint32_t first, uint32_t last)
{
    uint32_t peak = first;
    int32_t above = 0, jerk = 0, stopped = 0;

    for (uint32_t i = first; i <= last; i++) {
        if (size_at(i) > size_at(peak))
            peak = i;
        if (step_at(i) > jerk)
            jerk = step_at(i);
        above += size_at(i) > BLOW;
    }
    for (uint32_t i = peak - AROUND; i < peak + AROUND; i++)
        if (size_at(i) > FEATURES_G)
            stopped += size_at(i) - FEATURES_G;
    features[PEAK] = sense_int16(size_at(peak));
    features[STOPPED] = sense_int16(stopped / PER_CM_PER_S);
    features[BLOW_TIME] = sense_int16(above);
    features[SPREAD] = sense_int16((int32_t)(last - first));
    features[JERK] = sense_int16(jerk);
    describe_way_down(peak);
}

static void describe_postures(uint32_t first)
{
    uint32_t standing = first - WAY - POSTURE, resting = n_taken - RESTING;
    int32_t before[3], after[3];

    gravity(standing, standing + POSTURE, before);
    gravity(resting, n_taken, after);
    features[TURNED] = sense_int16(turned(before, after));
    features[BEFORE] = sense_int16(deviation(standing, standing + POSTURE));
    features[AFTER] = sense_int16(deviation(resting, n_taken));
}

bool features_add(const int16_t acceleration[3])
{
    uint32_t now = n_taken++;
    for (unsigned axis = 0; axis < 3; axis++)
        kept[now % KEPT][axis] = acceleration[axis];
    size[now % KEPT] = magnitude(acceleration[0], acceleration[1], acceleration[2]);

    if (size_at(now) > BLOW) {
        if (!in_blow)
            first_blow = now;
        in_blow = true;
        last_blow = now;
    }
    if (!in_blow || now - last_blow < FEATURES_QUIET)
        return false;
    in_blow = false;
    if (n_taken < KEPT)
        return false; /* too soon after the start to know what was before */
    uint32_t first = last_blow - first_blow > SERIES ? last_blow - SERIES : first_blow;
    describe_blow(first, last_blow);
    describe_postures(first);
    return true;
}
