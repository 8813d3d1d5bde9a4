/* No im2col buffer: a window's row is one contiguous run of input (kernel_w * input_c values), so each output
 * is a dot product of a few runs, clipped where the window hangs over the border. */
#include "nn_dot.h"
#include "nn_fixed_point.h"
#include "nn_kernels.h"

static inline int at_least_0(int value)
{
    return value < 0 ? 0 : value;
}

static inline int at_most(int value, int limit)
{
    return value > limit ? limit : value;
}

/* All channels of one pixel. An odd last channel is computed twice and kept once. */
static void pixel(const nn_conv *l, const nn_runs *runs, const int8_t *x, const int8_t *weights, int8_t *output)
{
    const int filter = l->kernel_h * l->kernel_w * l->input_c;
    for (int c = 0; c < l->output_c; c += 2, weights += 2 * filter) {
        int both = c + 1 < l->output_c;
        int32_t a = l->channels[c].bias, b = l->channels[c + both].bias;
        nn_dot_1x2(runs, x, weights, both ? weights + filter : weights, &a, &b);
        output[c] = nn_output_of(&l->channels[c], &l->range, a);
        if (both)
            output[c + 1] = nn_output_of(&l->channels[c + 1], &l->range, b);
    }
}

/* All channels of two neighbouring pixels whose windows are both whole in width. */
static void two_pixels(const nn_conv *l, const nn_runs *runs, const int8_t *x, const int8_t *weights,
                       int8_t *output)
{
    const int filter = l->kernel_h * l->kernel_w * l->input_c;
    const int8_t *y = x + l->stride_w * l->input_c;
    for (int c = 0; c < l->output_c; c += 2, weights += 2 * filter) {
        int both = c + 1 < l->output_c;
        int32_t a = l->channels[c].bias, b = l->channels[c + both].bias;
        int32_t sums[2][2] = {{a, b}, {a, b}};
        nn_dot_2x2(runs, x, y, weights, both ? weights + filter : weights, sums);
        output[c] = nn_output_of(&l->channels[c], &l->range, sums[0][0]);
        output[l->output_c + c] = nn_output_of(&l->channels[c], &l->range, sums[1][0]);
        if (both) {
            output[c + 1] = nn_output_of(&l->channels[c + 1], &l->range, sums[0][1]);
            output[l->output_c + c + 1] = nn_output_of(&l->channels[c + 1], &l->range, sums[1][1]);
        }
    }
}

/* With gaps in the window's rows the runs are single taps: rare, so simple. */
static void dilated(const nn_conv *l, const int8_t *input, int8_t *output)
{
    for (int oy = 0; oy < l->output_h; oy++)
        for (int ox = 0; ox < l->output_w; ox++, output += l->output_c)
            for (int c = 0; c < l->output_c; c++) {
                const int8_t *w = l->weights + c * l->kernel_h * l->kernel_w * l->input_c;
                int32_t sum = l->channels[c].bias;
                for (int ky = 0; ky < l->kernel_h; ky++)
                    for (int kx = 0; kx < l->kernel_w; kx++, w += l->input_c) {
                        int y = oy * l->stride_h - l->pad_top + ky * l->dilation_h;
                        int x = ox * l->stride_w - l->pad_left + kx * l->dilation_w;
                        if (y < 0 || y >= l->input_h || x < 0 || x >= l->input_w)
                            continue;
                        const int8_t *in = input + (y * l->input_w + x) * l->input_c;
                        for (int i = 0; i < l->input_c; i++)
                            sum += (in[i] + l->input_offset) * w[i];
                    }
                output[c] = nn_output_of(&l->channels[c], &l->range, sum);
            }
}

void nn_conv2d(const nn_conv *l, const int8_t *input, int8_t *output)
{
    if (l->dilation_h != 1 || l->dilation_w != 1) {
        dilated(l, input, output);
        return;
    }
    const int row = l->input_w * l->input_c;
    nn_runs runs = {.input_stride = row, .weight_stride = l->kernel_w * l->input_c, .offset = l->input_offset};

    for (int oy = 0; oy < l->output_h; oy++) {
        const int top = oy * l->stride_h - l->pad_top;
        const int ky = at_least_0(-top);
        runs.rows = at_least_0(at_most(l->kernel_h, l->input_h - top) - ky);
        const int8_t *line = input + (top + ky) * row;
        const int8_t *line_weights = l->weights + ky * runs.weight_stride;
        for (int ox = 0; ox < l->output_w;) {
            const int left = ox * l->stride_w - l->pad_left;
            const int kx = at_least_0(-left);
            const int width = at_least_0(at_most(l->kernel_w, l->input_w - left) - kx);
            const int8_t *x = line + (left + kx) * l->input_c;
            runs.count = width * l->input_c;
            if (width == l->kernel_w && ox + 1 < l->output_w &&
                left + l->stride_w + l->kernel_w <= l->input_w) {
                two_pixels(l, &runs, x, line_weights, output);
                output += 2 * l->output_c;
                ox += 2;
            } else {
                pixel(l, &runs, x, line_weights + kx * l->input_c, output);
                output += l->output_c;
                ox += 1;
            }
        }
    }
}
