/* The compensation formulas of section 8.1, which are in floating point there, in integers: each line says what
 * unit its result is in, and no product reaches 2^63 in the part's range. */
#include "bme280.h"

static int32_t unsigned16(const uint8_t *from)
{
    return from[0] | from[1] << 8;
}

static int32_t signed16(const uint8_t *from)
{
    return (int16_t)unsigned16(from);
}

bool bme280_calibrate(const uint8_t *low, const uint8_t *high, bme280_calibration *c)
{
    int32_t *words[] = {&c->t1, &c->t2, &c->t3, &c->p1, &c->p2, &c->p3,
                        &c->p4, &c->p5, &c->p6, &c->p7, &c->p8, &c->p9};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        *words[i] = signed16(low + 2 * i);
    c->t1 &= 0xFFFF; /* the two that have no sign */
    c->p1 &= 0xFFFF;
    c->h1 = low[25];
    c->h2 = signed16(high);
    c->h3 = high[2];
    c->h4 = (int8_t)high[3] * 16 + (high[4] & 15);
    c->h5 = (int8_t)high[5] * 16 + (high[4] >> 4);
    c->h6 = (int8_t)high[6];
    return c->p1 != 0;
}

/* 1/5120 of a degree */
static int64_t temperature(const bme280_calibration *c, int32_t count)
{
    int64_t above = count - 16 * c->t1; /* 2^-14 */

    return (above * c->t2 * (1 << 20) + above * above * c->t3 + (1ll << 33)) >> 34;
}

static int64_t pressure(const bme280_calibration *c, int32_t count, int64_t fine)
{
    int64_t warm = fine - 128000; /* above 25 degrees, 1/5120 */
    int64_t offset = warm * warm * c->p6 + warm * c->p5 * (1 << 17) + c->p4 * (1ll << 35); /* 2^-31 counts */
    int64_t slope = (1ll << 31) + (warm * warm * c->p3 >> 24) + (warm * c->p2 >> 4);       /* 2^-31 */
    int64_t scale = slope * c->p1 >> 15;                                                   /* 2^-16 */
    int64_t steps = ((1048576ll - count) * (1ll << 31) - offset) >> 15;                    /* 2^-16 counts */
    if (scale <= 0)
        return 0;
    int64_t rough = steps * 6250 * 256 / scale; /* 1/256 Pa */
    int64_t bend = (rough * rough >> 8) * c->p9 >> 35, tilt = rough * c->p8 >> 19;

    return (rough + bend + tilt + c->p7 * 16 + 128) >> 8;
}

/* 2^-16 percent */
static int64_t humidity(const bme280_calibration *c, int32_t count, int64_t fine)
{
    int64_t warm = fine - 76800; /* above 15 degrees, 1/5120 */
    int64_t above = (int64_t)count * (1 << 14) - c->h4 * (1ll << 20) - c->h5 * warm;   /* 2^-14 counts */
    int64_t bent = warm + (warm * warm * c->h3 >> 26);
    int64_t slope = (1ll << 26) + bent * c->h6;                                        /* 2^-26 */
    int64_t straight = (above * c->h2 >> 14) * slope >> 26;
    int64_t relative = straight - (straight * straight * c->h1 >> 35);

    return relative < 0 ? 0 : relative > 100 << 16 ? 100 << 16 : relative;
}

void bme280_convert(const bme280_calibration *c, const uint8_t *data, hal_air *air)
{
    int32_t p = data[0] << 12 | data[1] << 4 | data[2] >> 4;
    int32_t t = data[3] << 12 | data[4] << 4 | data[5] >> 4;
    int32_t h = data[6] << 8 | data[7];
    int64_t fine = temperature(c, t);

    air->temperature = (int32_t)((fine * 5 + 128) >> 8);
    air->pressure = (int32_t)pressure(c, p, fine);
    air->humidity = (int32_t)((humidity(c, h, fine) * 100 + (1 << 15)) >> 16);
}
