#include "nn_cmsis.h"

void nn_cmsis_add(const nn_pair_params *layer, const int8_t *left, const int8_t *right, int8_t *output)
{
    const int32_t spare_bits = 20; /* as in TensorFlow Lite's reference kernel; layer->output_shift counts on it */
    nn_cmsis_check(arm_elementwise_add_s8(left, right, layer->left_offset, layer->left_multiplier, layer->left_shift,
                                          layer->right_offset, layer->right_multiplier, layer->right_shift, spare_bits,
                                          output, layer->output_offset, layer->output_multiplier, layer->output_shift,
                                          layer->activation_min, layer->activation_max,
                                          layer->size[3]) == ARM_CMSIS_NN_SUCCESS);
}
