#include "nn_dot.h"
#include "nn_fixed_point.h"
#include "nn_kernels.h"

void nn_fully_connected(const nn_dense *l, const int8_t *input, int8_t *output)
{
    const nn_runs runs = {.rows = 1, .count = l->inputs, .offset = l->input_offset};
    for (int batch = 0; batch < l->batches; batch++, input += l->inputs, output += l->outputs) {
        const int8_t *weights = l->weights;
        for (int c = 0; c < l->outputs; c += 2, weights += 2 * l->inputs) {
            int both = c + 1 < l->outputs;
            int32_t a = l->channels[c].bias, b = l->channels[c + both].bias;
            nn_dot_1x2(&runs, input, weights, both ? weights + l->inputs : weights, &a, &b);
            output[c] = nn_output_once(&l->channels[c], &l->range, a);
            if (both)
                output[c + 1] = nn_output_once(&l->channels[c + 1], &l->range, b);
        }
    }
}
