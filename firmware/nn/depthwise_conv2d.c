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
/* As many channels as fill whole words; returns how many. Needs one output channel per input channel. */
static int channels_by_four(const nn_conv *l, const window *win, int8_t *output)
{
    const uint32_t offsets = nn_offsets(l->input_offset);
    const int channels = l->output_c, columns = win->columns;
    const int step = l->dilation_w * channels;
    const int line = l->dilation_h * l->input_w * channels - columns * step;
    const int weight_line = (l->kernel_w - columns) * channels;
    const nn_channel *c = l->channels;
    int channel = 0;
    for (; channel + 4 <= channels; channel += 4, c += 4) {
        int32_t s0 = c[0].bias, s1 = c[1].bias, s2 = c[2].bias, s3 = c[3].bias;
        const int8_t *x = win->input + channel, *w = win->weights + channel;
        for (int ky = win->rows; ky > 0; ky--, x += line, w += weight_line)
            for (int kx = columns; kx > 0; kx--, x += step, w += channels) {
                uint32_t xw = nn_load4(x), ww = nn_load4(w);
                uint32_t xe = nn_add_even(offsets, xw), we = nn_even(ww);
                uint32_t xo = nn_add_odd(offsets, xw), wo = nn_odd(ww);
                s0 = nn_mac_low(xe, we, s0);
                s2 = nn_mac_high(xe, we, s2);
                s1 = nn_mac_low(xo, wo, s1);
                s3 = nn_mac_high(xo, wo, s3);
            }
        output[channel] = nn_output_of(&c[0], &l->range, s0);
        output[channel + 1] = nn_output_of(&c[1], &l->range, s1);
        output[channel + 2] = nn_output_of(&c[2], &l->range, s2);
        output[channel + 3] = nn_output_of(&c[3], &l->range, s3);
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
            if (l->input_c == l->output_c)
                done = channels_by_four(l, &win, output);
#endif
            channels_apart(l, &win, done, output);
        }
    }
}
