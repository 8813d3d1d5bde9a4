/* Two pixels by two channels at a time. With the offset in the bias and the weights of both channels behind
 * one pointer, the inner loop fits the core's registers. Windows are read in place where they are whole and
 * made of whole words, and are gathered beside each other otherwise. */
#include "nn_fixed_point.h"
#include "nn_kernels.h"
#include "nn_simd.h"

/* A window: `rows` runs of `words` times four values, `gap` values between them. */
typedef struct {
    int rows, words, gap;
} shape;

#if defined(__ARM_FEATURE_DSP)
/* Fourteen registers are all that there are; a compiler, left to itself, spills three in every turn. */
static inline void run(int words, const int8_t **x_at, const int8_t **y_at, const int8_t **w_at, int32_t sums[4])
{
    const int8_t *x = *x_at, *y = *y_at, *w = *w_at;
    int32_t xa = sums[0], xb = sums[1], ya = sums[2], yb = sums[3];
    uint32_t xe, xo, ye, yo, a, b;
    __asm(".balign 4\n" /* the fetch of wide instructions off a word boundary costs a cycle now and then */
          "1:\n\t"
          "ldr %[xo], [%[x]], #4\n\t"
          "ldr %[yo], [%[y]], #4\n\t"
          "ldr %[b], [%[w]], #4\n\t"
          "sxtb16 %[xe], %[xo]\n\t"
          "sxtb16 %[ye], %[yo]\n\t"
          "sxtb16 %[a], %[b]\n\t"
          "smlad %[xa], %[xe], %[a], %[xa]\n\t"
          "smlad %[ya], %[ye], %[a], %[ya]\n\t"
          "sxtb16 %[b], %[b], ror #8\n\t"
          "ldr %[a], [%[w]], #4\n\t"
          "sxtb16 %[xo], %[xo], ror #8\n\t"
          "sxtb16 %[yo], %[yo], ror #8\n\t"
          "smlad %[xa], %[xo], %[b], %[xa]\n\t"
          "smlad %[ya], %[yo], %[b], %[ya]\n\t"
          "sxtb16 %[b], %[a]\n\t"
          "sxtb16 %[a], %[a], ror #8\n\t"
          "smlad %[xb], %[xe], %[b], %[xb]\n\t"
          "smlad %[yb], %[ye], %[b], %[yb]\n\t"
          "subs.w %[n], %[n], #1\n\t"
          "smlad %[xb], %[xo], %[a], %[xb]\n\t"
          "smlad %[yb], %[yo], %[a], %[yb]\n\t"
          "bne 1b"
          : [x] "+r"(x), [y] "+r"(y), [w] "+r"(w), [n] "+r"(words), [xa] "+r"(xa), [xb] "+r"(xb),
            [ya] "+r"(ya), [yb] "+r"(yb), [xe] "=&r"(xe), [xo] "=&r"(xo), [ye] "=&r"(ye), [yo] "=&r"(yo),
            [a] "=&r"(a), [b] "=&r"(b)
          :
          : "cc", "memory");
    sums[0] = xa;
    sums[1] = xb;
    sums[2] = ya;
    sums[3] = yb;
    *x_at = x;
    *y_at = y;
    *w_at = w;
}

static inline void dot(const shape *s, const int8_t *x, const int8_t *y, const int8_t *w, int32_t sums[4])
{
    if (s->words == 0)
        return;
    for (int row = s->rows; row > 0; row--, x += s->gap, y += s->gap)
        run(s->words, &x, &y, &w, sums);
}
#elif NN_SIMD
static inline void dot(const shape *s, const int8_t *x, const int8_t *y, const int8_t *w, int32_t sums[4])
{
    int32_t xa = sums[0], xb = sums[1], ya = sums[2], yb = sums[3];
    for (int row = s->rows; row > 0; row--, x += s->gap, y += s->gap)
        for (int n = s->words; n > 0; n--, x += 4, y += 4, w += 8) {
            uint32_t xw = nn_load4(x), yw = nn_load4(y), word = nn_load4(w);
            uint32_t xe = nn_even(xw), xo = nn_odd(xw), ye = nn_even(yw), yo = nn_odd(yw);
            uint32_t even = nn_even(word), odd = nn_odd(word);
            xa = nn_dot2(xe, even, xa);
            ya = nn_dot2(ye, even, ya);
            xa = nn_dot2(xo, odd, xa);
            ya = nn_dot2(yo, odd, ya);
            word = nn_load4(w + 4);
            even = nn_even(word);
            odd = nn_odd(word);
            xb = nn_dot2(xe, even, xb);
            yb = nn_dot2(ye, even, yb);
            xb = nn_dot2(xo, odd, xb);
            yb = nn_dot2(yo, odd, yb);
        }
    sums[0] = xa;
    sums[1] = xb;
    sums[2] = ya;
    sums[3] = yb;
}
#else
static inline void dot(const shape *s, const int8_t *x, const int8_t *y, const int8_t *w, int32_t sums[4])
{
    int32_t xa = sums[0], xb = sums[1], ya = sums[2], yb = sums[3];
    for (int row = s->rows; row > 0; row--, x += s->gap, y += s->gap)
        for (int n = s->words; n > 0; n--, w += 4)
            for (int i = 0; i < 4; i++, w++) {
                int32_t vx = *x++, vy = *y++, a = w[0], b = w[4];
                xa += vx * a;
                xb += vx * b;
                ya += vy * a;
                yb += vy * b;
            }
    sums[0] = xa;
    sums[1] = xb;
    sums[2] = ya;
    sums[3] = yb;
}
#endif

/* The outputs of two channels for two pixels. */
static inline void outputs(const nn_channel *c, const nn_range *range, const int32_t sums[4], int8_t *first,
                           int8_t *second)
{
#if defined(NN_FAST_OUTPUT)
    if ((c[0].shift & c[1].shift) < 0) {
        const int32_t twice = 2 * range->offset + 1;
        int32_t xa = nn_fast_output(&c[0], twice, sums[0]), ya = nn_fast_output(&c[0], twice, sums[2]);
        int32_t xb = nn_fast_output(&c[1], twice, sums[1]), yb = nn_fast_output(&c[1], twice, sums[3]);
        if (!nn_is_full(range)) {
            xa = nn_clamp(xa, range->min, range->max);
            xb = nn_clamp(xb, range->min, range->max);
            ya = nn_clamp(ya, range->min, range->max);
            yb = nn_clamp(yb, range->min, range->max);
        }
        second[0] = (int8_t)ya; /* an odd last pixel is its own partner: same place, same value */
        second[1] = (int8_t)yb;
        first[0] = (int8_t)xa;
        first[1] = (int8_t)xb;
        return;
    }
#endif
    second[0] = nn_output_of(&c[0], range, sums[2]);
    second[1] = nn_output_of(&c[1], range, sums[3]);
    first[0] = nn_output_of(&c[0], range, sums[0]);
    first[1] = nn_output_of(&c[1], range, sums[1]);
}

/* All channels of the pixels with windows at x and y. */
static void two_pixels(const nn_conv *l, const shape *window, const int8_t *x, const int8_t *y, int8_t *first,
                       int8_t *second)
{
    const int pair = 8 * window->rows * window->words; /* bytes of weights for two channels */
    const int8_t *w = l->weights;
    const nn_channel *c = l->channels;
    for (const nn_channel *end = c + l->output_c; c != end; c += 2, w += pair, first += 2, second += 2) {
        int32_t sums[4] = {c[0].bias, c[1].bias, c[0].bias, c[1].bias};
        dot(window, x, y, w, sums);
        outputs(c, &l->range, sums, first, second);
    }
}

/* An odd last pixel of a row is its own partner: computed twice, kept once. */
void nn_conv2d_paired(const nn_conv *l, const int8_t *input, int8_t *output)
{
    const int run = l->kernel_w * l->input_c, line = l->input_w * l->input_c;
    const shape window = {.rows = l->kernel_h, .words = run / 4, .gap = line - run};
    for (int oy = 0; oy < l->output_h; oy++)
        for (int ox = 0; ox < l->output_w;) {
            const int both = ox + 1 < l->output_w;
            const int8_t *x = input + oy * l->stride_h * line + ox * l->stride_w * l->input_c;
            const int8_t *y = both ? x + l->stride_w * l->input_c : x;
            two_pixels(l, &window, x, y, output, output + both * l->output_c);
            output += (1 + both) * l->output_c;
            ox += 1 + both;
        }
}

static int8_t *copy(int8_t *to, const int8_t *from, int count)
{
    if (count >= 12) { /* a call pays */
        __builtin_memcpy(to, from, (unsigned)count);
        return to + count;
    }
    while (count-- > 0)
        *to++ = *from++;
    return to;
}

static int8_t *fill(int8_t *to, int8_t value, int count)
{
    while (count-- > 0)
        *to++ = value;
    return to;
}

/* The window of output pixel (oy, ox), row after row. Outside the input lies its zero point, which adds
 * nothing once the offset is in the bias. */
static void gather(const nn_conv *l, const int8_t *input, int oy, int ox, int8_t *to)
{
    const int8_t outside = (int8_t)-l->input_offset;
    const int channels = l->input_c, left = ox * l->stride_w - l->pad_left;
    int y = oy * l->stride_h - l->pad_top;
    for (int ky = l->kernel_h; ky > 0; ky--, y += l->dilation_h) {
        if (y < 0 || y >= l->input_h) {
            to = fill(to, outside, l->kernel_w * channels);
            continue;
        }
        const int8_t *row = input + y * l->input_w * channels;
        int x = left;
        if (l->dilation_w == 1 && x >= 0 && x + l->kernel_w <= l->input_w) {
            to = copy(to, row + x * channels, l->kernel_w * channels);
            continue;
        }
        for (int kx = l->kernel_w; kx > 0; kx--, x += l->dilation_w) {
            if (x < 0 || x >= l->input_w)
                to = fill(to, outside, channels);
            else
                to = copy(to, row + x * channels, channels);
        }
    }
}

void nn_conv2d_gathered(const nn_conv *l, const int8_t *input, int8_t *output, int8_t *windows)
{
    const int taps = l->kernel_h * l->kernel_w * l->input_c;
    const shape window = {.rows = 1, .words = (taps + 3) / 4, .gap = 0};
    int8_t *second = windows + 4 * window.words;
    fill(windows + taps, 0, -taps & 3);
    fill(second + taps, 0, -taps & 3);
    for (int oy = 0; oy < l->output_h; oy++)
        for (int ox = 0; ox < l->output_w;) {
            const int both = ox + 1 < l->output_w;
            gather(l, input, oy, ox, windows);
            if (both)
                gather(l, input, oy, ox + 1, second);
            two_pixels(l, &window, windows, both ? second : windows, output, output + both * l->output_c);
            output += (1 + both) * l->output_c;
            ox += 1 + both;
        }
}
