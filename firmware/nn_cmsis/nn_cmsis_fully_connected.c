/* TensorFlow Lite's fully connected layers round once, the library's twice, like its convolutions, unless a macro says
 * otherwise. So these two files of it are compiled here a second time, by other names, with that macro. */
#define CMSIS_NN_USE_SINGLE_ROUNDING
#define arm_fully_connected_s8 nn_cmsis_fully_connected_once
#define arm_nn_vec_mat_mult_t_s8 nn_cmsis_vec_mat_mult_once

#include "nn_cmsis.h"

#include "Source/NNSupportFunctions/arm_nn_vec_mat_mult_t_s8.c"

#include "Source/FullyConnectedFunctions/arm_fully_connected_s8.c"

void nn_cmsis_fully_connected(const nn_cmsis_dense *layer, const int8_t *input, int8_t *output)
{
    const cmsis_nn_context context = {0, 0};
    const cmsis_nn_fc_params params = {
        .input_offset = layer->input_offset,
        .output_offset = layer->range.offset,
        .activation = {.min = layer->range.min, .max = layer->range.max},
    };
    const cmsis_nn_per_tensor_quant_params rescaling = {layer->multipliers[0], layer->shifts[0]};
    const cmsis_nn_dims from = {layer->batches, 1, 1, layer->inputs};
    const cmsis_nn_dims filter = {layer->inputs, 1, 1, layer->outputs};
    const cmsis_nn_dims bias = {1, 1, 1, layer->outputs};
    const cmsis_nn_dims to = {layer->batches, 1, 1, layer->outputs};

    nn_cmsis_check(arm_fully_connected_s8_get_buffer_size(&filter) <= 0);
    nn_cmsis_check(arm_fully_connected_s8(&context, &params, &rescaling, &from, input, &filter, layer->weights, &bias,
                                          layer->biases, &to, output) == ARM_CMSIS_NN_SUCCESS);
}
