#include "nn_cmsis.h"

void nn_cmsis_mul(const nn_pair_params *layer, const int8_t *left, const int8_t *right, int8_t *output)
{
    nn_cmsis_check(arm_elementwise_mul_s8(left, right, layer->left_offset, layer->right_offset, output,
                                          layer->output_offset, layer->output_multiplier, layer->output_shift,
                                          layer->activation_min, layer->activation_max,
                                          layer->size[3]) == ARM_CMSIS_NN_SUCCESS);
}
