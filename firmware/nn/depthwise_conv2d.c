/* Four channels at once: their values lie side by side in input and weights, one word each per tap. */
#include "nn_fixed_point.h"
#include "nn_kernels.h"
#include "nn_simd.h"

/* The part of a window that lies inside the input: `rows` by `columns` taps from these places. */
typedef struct {
    const int8_t *input, *weights;
    int rows, columns;
} window;

/* The first tap k with 0 <= start + k * dilation, and how many from there are below `size`. */
static inline int clip(int start, int dilation, int taps, int size, int *count)
{
    int first = 0, last = taps;
    while (first < taps && start + first * dilation < 0)
        first++;
    while (last > first && start + (last - 1) * dilation >= size)
        last--;
    *count = last - first;
    return first;
}

static void channels_apart(const nn_conv *l, const window *win, int channel, int8_t *output)
{
    const int multiplier = l->output_c / l->input_c;
    const int step = l->dilation_w * l->input_c, line = l->dilation_h * l->input_w * l->input_c;
    for (; channel < l->output_c; channel++) {
        int32_t sum = l->channels[channel].bias;
        const int8_t *row = win->input + channel / multiplier, *weights = win->weights + channel;
        for (int ky = 0; ky < win->rows; ky++, row += line, weights += l->kernel_w * l->output_c) {
            const int8_t *x = row, *w = weights;
            for (int kx = 0; kx < win->columns; kx++, x += step, w += l->output_c)
                sum += (*x + l->input_offset) * *w;
        }
        output[channel] = nn_output_of(&l->channels[channel], &l->range, sum);
    }
}

#if NN_SIMD
static inline void outputs(const nn_channel *c, const nn_range *range, const int32_t sums[4], int8_t *output)
{
    if ((c[0].shift & c[1].shift & c[2].shift & c[3].shift) < 0 && nn_is_full(range)) {
        const int32_t twice = 2 * range->offset + 1;
        output[0] = (int8_t)nn_fast_output(&c[0], twice, sums[0]);
        output[1] = (int8_t)nn_fast_output(&c[1], twice, sums[1]);
        output[2] = (int8_t)nn_fast_output(&c[2], twice, sums[2]);
        output[3] = (int8_t)nn_fast_output(&c[3], twice, sums[3]);
        return;
    }
    output[0] = nn_output_of(&c[0], range, sums[0]);
    output[1] = nn_output_of(&c[1], range, sums[1]);
    output[2] = nn_output_of(&c[2], range, sums[2]);
    output[3] = nn_output_of(&c[3], range, sums[3]);
}

/* The taps of one row for four channels: how many, the step to the next in input and weights, and what is added
 * to each input pair. */
typedef struct {
    int columns, step;
    uint32_t offsets;
} taps;

#if defined(__ARM_FEATURE_DSP)
static inline void row(const taps *t, const int8_t **x_at, const int8_t **w_at, int32_t sums[4])
{
    const int8_t *x = *x_at, *w = *w_at;
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    uint32_t xw, ww, xe, we;
    int n = t->columns;
    __asm(".balign 4\n"
          "1:\n\t"
          "ldr %[xw], [%[x]]\n\t"
          "ldr %[ww], [%[w]]\n\t"
          "add.w %[x], %[x], %[step]\n\t"
          "add.w %[w], %[w], %[step]\n\t"
          "sxtab16 %[xe], %[offsets], %[xw]\n\t"
          "sxtb16 %[we], %[ww]\n\t"
          "sxtab16 %[xw], %[offsets], %[xw], ror #8\n\t"
          "sxtb16 %[ww], %[ww], ror #8\n\t"
          "smlabb %[s0], %[xe], %[we], %[s0]\n\t"
          "smlatt %[s2], %[xe], %[we], %[s2]\n\t"
          "subs.w %[n], %[n], #1\n\t"
          "smlabb %[s1], %[xw], %[ww], %[s1]\n\t"
          "smlatt %[s3], %[xw], %[ww], %[s3]\n\t"
          "bne 1b"
          : [x] "+r"(x), [w] "+r"(w), [n] "+r"(n), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3),
            [xw] "=&r"(xw), [ww] "=&r"(ww), [xe] "=&r"(xe), [we] "=&r"(we)
          : [step] "r"(t->step), [offsets] "r"(t->offsets)
          : "cc", "memory");
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
    *x_at = x;
    *w_at = w;
}
#else
static inline void row(const taps *t, const int8_t **x_at, const int8_t **w_at, int32_t sums[4])
{
    const int8_t *x = *x_at, *w = *w_at;
    for (int n = t->columns; n > 0; n--, x += t->step, w += t->step) {
        uint32_t xw = nn_load4(x), ww = nn_load4(w);
        uint32_t xe = nn_add_even(t->offsets, xw), we = nn_even(ww);
        uint32_t xo = nn_add_odd(t->offsets, xw), wo = nn_odd(ww);
        sums[0] = nn_mac_low(xe, we, sums[0]);
        sums[2] = nn_mac_high(xe, we, sums[2]);
        sums[1] = nn_mac_low(xo, wo, sums[1]);
        sums[3] = nn_mac_high(xo, wo, sums[3]);
    }
    *x_at = x;
    *w_at = w;
}
#endif

/* As many channels as fill whole words; returns how many. Needs one output channel per input channel
 * and columns without gaps. */
static int channels_by_four(const nn_conv *l, const window *win, int8_t *output)
{
    const int channels = l->output_c, columns = win->columns;
    const taps t = {columns, channels, nn_offsets(l->input_offset)};
    const int line = l->dilation_h * l->input_w * channels - columns * channels;
    const int weight_line = (l->kernel_w - columns) * channels;
    const int rows = columns > 0 ? win->rows : 0;
    const nn_channel *c = l->channels;
    int channel = 0;
    for (; channel + 4 <= channels; channel += 4, c += 4) {
        int32_t sums[4] = {c[0].bias, c[1].bias, c[2].bias, c[3].bias};
        const int8_t *x = win->input + channel, *w = win->weights + channel;
        for (int ky = rows; ky > 0; ky--, x += line, w += weight_line)
            row(&t, &x, &w, sums);
        outputs(c, &l->range, sums, output + channel);
    }
    return channel;
}
#endif

void nn_depthwise_conv2d(const nn_conv *l, const int8_t *input, int8_t *output)
{
    for (int oy = 0; oy < l->output_h; oy++) {
        window win;
        const int top = oy * l->stride_h - l->pad_top;
        const int ky = clip(top, l->dilation_h, l->kernel_h, l->input_h, &win.rows);
        for (int ox = 0; ox < l->output_w; ox++, output += l->output_c) {
            const int left = ox * l->stride_w - l->pad_left;
            const int kx = clip(left, l->dilation_w, l->kernel_w, l->input_w, &win.columns);
            const int at = (top + ky * l->dilation_h) * l->input_w + left + kx * l->dilation_w;
            win.input = input + at * l->input_c;
            win.weights = l->weights + (ky * l->kernel_w + kx) * l->output_c;
            int done = 0;
#if NN_SIMD
            if (l->input_c == l->output_c && l->dilation_w == 1)
                done = channels_by_four(l, &win, output);
#endif
            channels_apart(l, &win, done, output);
        }
    }
}
