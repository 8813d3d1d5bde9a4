#include "nn_kernels.h"
#include "nn_dot.h"
#include "nn_fixed_point.h"

static inline void put(const nn_dense *l, int8_t *output, int channel, int32_t sum)
{
    int32_t q = nn_requantize(sum, l->multipliers[channel], l->shifts[channel]) + l->output_offset;
    output[channel] = (int8_t)nn_clamp(q, l->activation_min, l->activation_max);
}

void nn_fully_connected(const nn_dense *l, const int8_t *input, int8_t *output)
{
    const nn_runs runs = {.rows = 1, .count = l->inputs, .offset = l->input_offset};
    for (int batch = 0; batch < l->batches; batch++, input += l->inputs, output += l->outputs) {
        const int8_t *weights = l->weights;
        for (int c = 0; c < l->outputs; c += 2, weights += 2 * l->inputs) {
            int both = c + 1 < l->outputs;
            int32_t a = l->bias ? l->bias[c] : 0, b = l->bias && both ? l->bias[c + 1] : 0;
            nn_dot_1x2(&runs, input, weights, both ? weights + l->inputs : weights, &a, &b);
            put(l, output, c, a);
            if (both)
                put(l, output, c + 1, b);
        }
    }
}
