#include "nn_kernels.h"
#include "nn_fixed_point.h"

typedef struct {
    int y0, y1, x0, x1;
} area;

/* The input pixels of output pixel (oy, ox). */
static area window(const nn_pool *l, int oy, int ox)
{
    int top = oy * l->stride_h - l->pad_top, left = ox * l->stride_w - l->pad_left;
    int bottom = top + l->kernel_h, right = left + l->kernel_w;
    return (area){top < 0 ? 0 : top, bottom > l->input_h ? l->input_h : bottom, left < 0 ? 0 : left,
                  right > l->input_w ? l->input_w : right};
}

/* sum / count, rounded to nearest, halves away from zero. */
static int32_t rounded_quotient(int32_t sum, int32_t count)
{
    return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

void nn_average_pool(const nn_pool *l, const int8_t *input, int8_t *output)
{
    for (int oy = 0; oy < l->output_h; oy++)
        for (int ox = 0; ox < l->output_w; ox++) {
            const area a = window(l, oy, ox);
            const int32_t count = (a.y1 - a.y0) * (a.x1 - a.x0);
            for (int c = 0; c < l->channels; c++) {
                int32_t sum = 0;
                for (int y = a.y0; y < a.y1; y++) {
                    const int8_t *at = input + (y * l->input_w + a.x0) * l->channels + c;
                    for (int x = a.x0; x < a.x1; x++, at += l->channels)
                        sum += *at;
                }
                int32_t mean = rounded_quotient(sum, count);
                *output++ = (int8_t)nn_clamp(mean, l->activation_min, l->activation_max);
            }
        }
}

void nn_max_pool(const nn_pool *l, const int8_t *input, int8_t *output)
{
    for (int oy = 0; oy < l->output_h; oy++)
        for (int ox = 0; ox < l->output_w; ox++) {
            const area a = window(l, oy, ox);
            for (int c = 0; c < l->channels; c++) {
                int32_t most = INT8_MIN;
                for (int y = a.y0; y < a.y1; y++) {
                    const int8_t *at = input + (y * l->input_w + a.x0) * l->channels + c;
                    for (int x = a.x0; x < a.x1; x++, at += l->channels)
                        most = *at > most ? *at : most;
                }
                *output++ = (int8_t)nn_clamp(most, l->activation_min, l->activation_max);
            }
        }
}

void nn_mean(const nn_mean_params *l, const int8_t *input, int8_t *output)
{
    const uint32_t step = l->channels;
    for (uint32_t row = 0; row < l->outer; row++, input += l->pixels * step)
        for (uint32_t c = 0; c < step; c++) {
            int32_t sum = (int32_t)l->pixels * l->input_offset;
            const int8_t *at = input + c;
            for (uint32_t n = l->pixels; n; n--, at += step)
                sum += *at;
            int32_t q = nn_requantize(sum, l->multiplier, (int)l->shift) + l->output_offset;
            *output++ = (int8_t)nn_clamp(q, INT8_MIN, INT8_MAX);
        }
}
