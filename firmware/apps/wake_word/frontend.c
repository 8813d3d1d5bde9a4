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

/* Half of a * x + b * y, where x and y are Q31: the high word of the sum, for nothing. */
static inline int32_t half_mul_add(int32_t a, int32_t x, int32_t b, int32_t y)
{
    return (int32_t)(((int64_t)a * x + (int64_t)b * y) >> 32);
}

/* Radix-2, decimation in time. Halving at every stage keeps the magnitude from growing. */
static void fft(void)
{
    for (int span = 1, step = FRONTEND_WINDOW / 2; span < HALF; span *= 2, step /= 2)
        for (int k = 0; k < span; k++) {
            int32_t cosine = table_cosine[k * step], sine = table_sine[k * step], minus = -sine;
            for (int a = k; a < HALF; a += 2 * span) {
                int b = a + span;
                int32_t tr = half_mul_add(re[b], cosine, im[b], sine);
                int32_t ti = half_mul_add(im[b], cosine, re[b], minus);
                int32_t ar = re[a] >> 1, ai = im[a] >> 1;
                re[a] = ar + tr;
                im[a] = ai + ti;
                re[b] = ar - tr;
                im[b] = ai - ti;
            }
        }
}

/* Power of bin k of the real transform: even and odd samples' transforms, taken apart and joined. */
static inline uint64_t bin_power(int k)
{
    int mirror = HALF - k;
    int32_t r = re[k] >> 1, i = im[k] >> 1, mr = re[mirror] >> 1, mi = im[mirror] >> 1;
    int32_t odd_r = i + mi, odd_i = mr - r;
    int32_t real = ((r + mr) >> 1) + half_mul_add(odd_r, table_cosine[k], odd_i, table_sine[k]);
    int32_t imaginary = ((i - mi) >> 1) + half_mul_add(odd_i, table_cosine[k], odd_r, -table_sine[k]);
    return (uint64_t)((int64_t)real * real + (int64_t)imaginary * imaginary) >> 8;
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
    for (int band = 0; band <= FRONTEND_BANDS; band++) {
        uint64_t rising = 0, all = 0;
        for (int bin = table_start[band]; bin < table_start[band + 1]; bin++) {
            uint64_t power = bin_power(bin);
            rising += power * table_weight[bin - table_start[0]];
            all += power;
        }
        energy[band + 1] += rising;
        energy[band] += (all << 8) - rising;
    }
    for (int band = 0; band < FRONTEND_BANDS; band++) {
        int32_t eighths = ((log2_q8(energy[band + 1]) + 16) >> 5) - FRONTEND_OFFSET;
        features[band] = (int8_t)(eighths < -128 ? -128 : eighths > 127 ? 127 : eighths);
    }
}
