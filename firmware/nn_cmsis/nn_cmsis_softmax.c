#include "nn_cmsis.h"

void nn_cmsis_softmax(const nn_softmax_params *layer, const int8_t *input, int8_t *output)
{
    arm_softmax_s8(input, layer->rows, layer->classes, layer->multiplier, layer->left_shift, layer->diff_min, output);
}
