#include "nn_fixed_point.h"
#include "nn_kernels.h"

/* The next kernel tap, from `tap` on, at which an input position meets output position `at`; *position is it. */
static inline int next(int at, int tap, int taps, int stride, int size, int *position)
{
    for (; tap < taps; tap++) {
        int distance = at - tap; /* from the input pixel's first place */
        if (distance >= 0 && distance % stride == 0 && distance / stride < size) {
            *position = distance / stride;
            break;
        }
    }
    return tap;
}

/* Each output gathers what the input pixels around add to it, so that no buffer of sums is needed. */
void nn_transpose_conv2d(const nn_conv *l, const int8_t *input, int8_t *output)
{
    const int channels = l->input_c, taps = l->kernel_h * l->kernel_w;
    for (int oy = 0; oy < l->output_h; oy++)
        for (int ox = 0; ox < l->output_w; ox++)
            for (int c = 0; c < l->output_c; c++) {
                const int8_t *weights = l->weights + c * taps * channels;
                int32_t sum = l->channels[c].bias;
                int y = 0, x = 0, ky = -1;
                while ((ky = next(oy + l->pad_top, ky + 1, l->kernel_h, l->stride_h, l->input_h, &y)) < l->kernel_h)
                    for (int kx = -1;
                         (kx = next(ox + l->pad_left, kx + 1, l->kernel_w, l->stride_w, l->input_w, &x)) <
                         l->kernel_w;) {
                        const int8_t *in = input + (y * l->input_w + x) * channels;
                        const int8_t *w = weights + (ky * l->kernel_w + kx) * channels;
                        for (int i = 0; i < channels; i++)
                            sum += (in[i] + l->input_offset) * w[i];
                    }
                *output++ = nn_output_of(&l->channels[c], &l->range, sum);
            }
}
