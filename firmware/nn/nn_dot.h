/* The inner loops of convolution and fully connected layers: dot products of contiguous runs, several at
 * once so that each loaded value serves twice. `rows` runs of `count` values; the strides lead to the next. */
#ifndef COINCELL_NN_DOT_H
#define COINCELL_NN_DOT_H

#include "nn_simd.h"

typedef struct {
    int rows, count;
    int input_stride, weight_stride;
    int32_t offset; /* added to every input */
} nn_runs;

/* One input window (x) with two channels' weights (w0, w1). */
static inline void nn_dot_1x2(const nn_runs *runs, const int8_t *x, const int8_t *w0, const int8_t *w1,
                              int32_t *sum0, int32_t *sum1)
{
    int32_t a = *sum0, b = *sum1;
    for (int row = 0; row < runs->rows; row++) {
        const int8_t *xp = x, *p = w0, *q = w1;
        const int8_t *end = x + runs->count;
#if NN_SIMD
        const uint32_t offsets = nn_offsets(runs->offset);
        for (const int8_t *whole = x + (runs->count & ~3); xp != whole; xp += 4, p += 4, q += 4) {
            uint32_t xw = nn_load4(xp), pw = nn_load4(p), qw = nn_load4(q);
            uint32_t even = nn_add_even(offsets, xw), odd = nn_add_odd(offsets, xw);
            a = nn_dot2(even, nn_even(pw), a);
            b = nn_dot2(even, nn_even(qw), b);
            a = nn_dot2(odd, nn_odd(pw), a);
            b = nn_dot2(odd, nn_odd(qw), b);
        }
#endif
        for (; xp != end; xp++) {
            int32_t value = *xp + runs->offset;
            a += value * *p++;
            b += value * *q++;
        }
        x += runs->input_stride;
        w0 += runs->weight_stride;
        w1 += runs->weight_stride;
    }
    *sum0 = a;
    *sum1 = b;
}

/* Two input windows with two channels' weights: sums[window][channel]. */
static inline void nn_dot_2x2(const nn_runs *runs, const int8_t *x, const int8_t *y, const int8_t *w0,
                              const int8_t *w1, int32_t sums[2][2])
{
    int32_t xa = sums[0][0], xb = sums[0][1], ya = sums[1][0], yb = sums[1][1];
    for (int row = 0; row < runs->rows; row++) {
        const int8_t *xp = x, *yp = y, *p = w0, *q = w1;
        const int8_t *end = x + runs->count;
#if NN_SIMD
        const uint32_t offsets = nn_offsets(runs->offset);
        for (const int8_t *whole = x + (runs->count & ~3); xp != whole; xp += 4, yp += 4, p += 4, q += 4) {
            uint32_t xw = nn_load4(xp), yw = nn_load4(yp), pw = nn_load4(p), qw = nn_load4(q);
            uint32_t xe = nn_add_even(offsets, xw), ye = nn_add_even(offsets, yw);
            uint32_t pe = nn_even(pw), qe = nn_even(qw);
            xa = nn_dot2(xe, pe, xa);
            xb = nn_dot2(xe, qe, xb);
            ya = nn_dot2(ye, pe, ya);
            yb = nn_dot2(ye, qe, yb);
            uint32_t xo = nn_add_odd(offsets, xw), yo = nn_add_odd(offsets, yw);
            uint32_t po = nn_odd(pw), qo = nn_odd(qw);
            xa = nn_dot2(xo, po, xa);
            xb = nn_dot2(xo, qo, xb);
            ya = nn_dot2(yo, po, ya);
            yb = nn_dot2(yo, qo, yb);
        }
#endif
        for (; xp != end; xp++) {
            int32_t vx = *xp + runs->offset, vy = *yp++ + runs->offset;
            int32_t a = *p++, b = *q++;
            xa += vx * a;
            xb += vx * b;
            ya += vy * a;
            yb += vy * b;
        }
        x += runs->input_stride;
        y += runs->input_stride;
        w0 += runs->weight_stride;
        w1 += runs->weight_stride;
    }
    sums[0][0] = xa;
    sums[0][1] = xb;
    sums[1][0] = ya;
    sums[1][1] = yb;
}

#endif
