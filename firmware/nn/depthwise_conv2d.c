/* Four channels at once: their values lie side by side in input and weights, one word each per tap. */
#include "nn_kernels.h"
#include "nn_fixed_point.h"
#include "nn_simd.h"

typedef struct {
    int y0, y1, x0, x1;  /* the taps of the window that lie inside the input */
    const int8_t *input; /* at tap (0, 0), which may be outside */
} window;

static inline void put(const nn_conv *l, int8_t *output, int channel, int32_t sum)
{
    int32_t q = nn_requantize(sum, l->multipliers[channel], l->shifts[channel]) + l->output_offset;
    output[channel] = (int8_t)nn_clamp(q, l->activation_min, l->activation_max);
}

static inline int32_t bias_of(const nn_conv *l, int channel)
{
    return l->bias ? l->bias[channel] : 0;
}

/* First and one past the last tap k with 0 <= start + k * dilation < size. */
static inline void clip(int start, int dilation, int taps, int size, int *first, int *last)
{
    int k = 0;
    while (k < taps && start + k * dilation < 0)
        k++;
    *first = k;
    while (k < taps && start + k * dilation < size)
        k++;
    *last = k;
}

static void one_channel(const nn_conv *l, const window *win, int channel, int8_t *output)
{
    const int from = channel / (l->output_c / l->input_c);
    int32_t sum = bias_of(l, channel);
    for (int ky = win->y0; ky < win->y1; ky++)
        for (int kx = win->x0; kx < win->x1; kx++) {
            int at = (ky * l->dilation_h * l->input_w + kx * l->dilation_w) * l->input_c + from;
            int8_t weight = l->weights[(ky * l->kernel_w + kx) * l->output_c + channel];
            sum += (win->input[at] + l->input_offset) * weight;
        }
    put(l, output, channel, sum);
}

#if NN_SIMD
/* Output channels `channel` to `channel` + 3; needs one output channel per input channel. */
static void four_channels(const nn_conv *l, const window *win, int channel, int8_t *output)
{
    const uint32_t offsets = nn_offsets(l->input_offset);
    const int step = l->dilation_w * l->input_c;
    int32_t s0 = bias_of(l, channel), s1 = bias_of(l, channel + 1);
    int32_t s2 = bias_of(l, channel + 2), s3 = bias_of(l, channel + 3);
    for (int ky = win->y0; ky < win->y1; ky++) {
        const int8_t *x = win->input + ky * l->dilation_h * l->input_w * l->input_c + win->x0 * step + channel;
        const int8_t *w = l->weights + (ky * l->kernel_w + win->x0) * l->output_c + channel;
        for (int kx = win->x0; kx < win->x1; kx++, x += step, w += l->output_c) {
            uint32_t xw = nn_load4(x), ww = nn_load4(w);
            uint32_t xe = nn_add_even(offsets, xw), we = nn_even(ww);
            s0 = nn_mac_low(xe, we, s0);
            s2 = nn_mac_high(xe, we, s2);
            uint32_t xo = nn_add_odd(offsets, xw), wo = nn_odd(ww);
            s1 = nn_mac_low(xo, wo, s1);
            s3 = nn_mac_high(xo, wo, s3);
        }
    }
    put(l, output, channel, s0);
    put(l, output, channel + 1, s1);
    put(l, output, channel + 2, s2);
    put(l, output, channel + 3, s3);
}
#endif

void nn_depthwise_conv2d(const nn_conv *l, const int8_t *input, int8_t *output)
{
    for (int oy = 0; oy < l->output_h; oy++) {
        window win;
        const int top = oy * l->stride_h - l->pad_top;
        clip(top, l->dilation_h, l->kernel_h, l->input_h, &win.y0, &win.y1);
        for (int ox = 0; ox < l->output_w; ox++, output += l->output_c) {
            const int left = ox * l->stride_w - l->pad_left;
            clip(left, l->dilation_w, l->kernel_w, l->input_w, &win.x0, &win.x1);
            win.input = input + (top * l->input_w + left) * l->input_c;
            int channel = 0;
#if NN_SIMD
            if (l->input_c == l->output_c)
                for (; channel + 4 <= l->output_c; channel += 4)
                    four_channels(l, &win, channel, output);
#endif
            for (; channel < l->output_c; channel++)
                one_channel(l, &win, channel, output);
        }
    }
}
