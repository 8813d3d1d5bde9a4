#define FRONTEND_TABLES
#include "frontend.h"

#include <string.h>

enum { HALF = FRONTEND_WINDOW / 2, OVERLAP = FRONTEND_WINDOW - FRONTEND_HOP };

static int16_t history[FRONTEND_WINDOW];
/* The real window as half as many complex numbers: even samples real, odd ones imaginary. */
static int32_t re[HALF], im[HALF];

void frontend_reset(void)
{
    memset(history, 0, sizeof history);
}

/* Q15 window on Q0 samples: at most 2^30, so a complex number's magnitude stays below 2^31 throughout. */
static void apply_window(void)
{
    for (int i = 0; i < HALF; i++) {
        int from = 2 * table_reverse[i];
        re[i] = history[from] * table_window[from];
        im[i] = history[from + 1] * table_window[from + 1];
    }
}

static inline int32_t mul_add(int32_t a, int32_t x, int32_t b, int32_t y)
{
    return (int32_t)(((int64_t)a * x + (int64_t)b * y) >> 30);
}

/* Radix-2, decimation in time. Halving at every stage keeps the magnitude from growing. */
static void fft(void)
{
    for (int span = 1, step = FRONTEND_WINDOW / 2; span < HALF; span *= 2, step /= 2)
        for (int k = 0; k < span; k++) {
            int32_t wr = table_cosine[k * step], wi = -table_sine[k * step];
            for (int a = k; a < HALF; a += 2 * span) {
                int b = a + span;
                int32_t tr = mul_add(re[b], wr, im[b], -wi), ti = mul_add(re[b], wi, im[b], wr);
                int32_t ar = re[a], ai = im[a];
                /* In 64 bits: the sum of two magnitudes below 2^31 needs one bit more. */
                re[a] = (int32_t)(((int64_t)ar + tr) >> 1);
                im[a] = (int32_t)(((int64_t)ai + ti) >> 1);
                re[b] = (int32_t)(((int64_t)ar - tr) >> 1);
                im[b] = (int32_t)(((int64_t)ai - ti) >> 1);
            }
        }
}

static inline int32_t half_sum(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a + b) >> 1);
}

static inline int32_t half_difference(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a - b) >> 1);
}

/* Power of bin k of the real transform: even and odd samples' transforms, taken apart and joined. */
static uint64_t bin_power(int k)
{
    int mirror = (HALF - k) & (HALF - 1);
    int32_t even_r = half_sum(re[k], re[mirror]), even_i = half_difference(im[k], im[mirror]);
    int32_t odd_r = half_sum(im[k], im[mirror]), odd_i = half_difference(re[mirror], re[k]);
    int32_t tr = mul_add(odd_r, table_cosine[k], odd_i, table_sine[k]);
    int32_t ti = mul_add(odd_i, table_cosine[k], -odd_r, table_sine[k]);
    int64_t r = half_sum(even_r, tr), i = half_sum(even_i, ti);
    return (uint64_t)(r * r + i * i) >> 8;
}

/* log2 in 1/256; 0 for 0. */
static int32_t log2_q8(uint64_t energy)
{
    if (energy == 0)
        return 0;
    int zeros = __builtin_clzll(energy);
    return (63 - zeros) * 256 + table_log2[(energy << zeros) >> 56 & 127];
}

__attribute__((noinline)) void frontend_process(const int16_t *samples, int8_t *features)
{
    memmove(history, history + FRONTEND_HOP, OVERLAP * sizeof *history);
    memcpy(history + OVERLAP, samples, FRONTEND_HOP * sizeof *history);
    apply_window();
    fft();

    /* Neighbouring triangles overlap by half: what a bin does not give to one band it gives to the one
     * below. Slot 0 and the last take what falls off the ends. */
    uint64_t energy[FRONTEND_BANDS + 2] = {0};
    for (int i = 0; i < FRONTEND_BINS; i++) {
        uint64_t power = bin_power(FRONTEND_FIRST_BIN + i);
        uint32_t weight = table_weight[i];
        energy[table_band[i] + 1] += power * weight;
        energy[table_band[i]] += power * (256 - weight);
    }
    for (int band = 0; band < FRONTEND_BANDS; band++) {
        int32_t eighths = ((log2_q8(energy[band + 1]) + 16) >> 5) - FRONTEND_OFFSET;
        features[band] = (int8_t)(eighths < -128 ? -128 : eighths > 127 ? 127 : eighths);
    }
}
