#include "nn_kernels.h"

void nn_fill(const nn_fill_params *l, int8_t *output)
{
    __builtin_memset(output, (int)l->value, l->count);
}

void nn_move(const nn_move_params *l, const int8_t *input, int8_t *output)
{
    const int32_t count = l->size[4], from = l->input_step[4], to = l->output_step[4];
    input += l->input_start;
    output += l->output_start;
    for (int32_t a = 0; a < l->size[0]; a++)
        for (int32_t b = 0; b < l->size[1]; b++)
            for (int32_t c = 0; c < l->size[2]; c++)
                for (int32_t d = 0; d < l->size[3]; d++) {
                    const int8_t *x = input + a * l->input_step[0] + b * l->input_step[1] +
                                      c * l->input_step[2] + d * l->input_step[3];
                    int8_t *y = output + a * l->output_step[0] + b * l->output_step[1] +
                                c * l->output_step[2] + d * l->output_step[3];
                    if (from == 1 && to == 1) {
                        __builtin_memcpy(y, x, (uint32_t)count);
                        continue;
                    }
                    for (int32_t n = count; n > 0; n--, x += from, y += to)
                        *y = *x;
                }
}

void nn_resize_nearest(const nn_resize_params *l, const int8_t *input, int8_t *output)
{
    for (int y = 0; y < l->output_h; y++)
        for (int x = 0; x < l->output_w; x++, output += l->channels)
            __builtin_memcpy(output, input + (l->rows[y] * l->input_w + l->columns[x]) * l->channels,
                             l->channels);
}
