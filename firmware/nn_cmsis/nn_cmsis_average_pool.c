#include "nn_cmsis.h"

void nn_cmsis_average_pool(const nn_cmsis_pool *layer, const int8_t *input, int8_t *output, void *scratch)
{
    const cmsis_nn_context context = {scratch, layer->scratch_bytes};
    const cmsis_nn_pool_params params = {
        .stride = {.w = layer->stride_w, .h = layer->stride_h},
        .padding = {.w = layer->pad_left, .h = layer->pad_top},
        .activation = {.min = layer->activation_min, .max = layer->activation_max},
    };
    const cmsis_nn_dims from = {1, layer->input_h, layer->input_w, layer->channels};
    const cmsis_nn_dims window = {1, layer->kernel_h, layer->kernel_w, 1};
    const cmsis_nn_dims to = {1, layer->output_h, layer->output_w, layer->channels};

    nn_cmsis_check(arm_avgpool_s8_get_buffer_size(layer->output_w, layer->channels) <= layer->scratch_bytes);
    nn_cmsis_check(arm_avgpool_s8(&context, &params, &from, input, &window, &to, output) == ARM_CMSIS_NN_SUCCESS);
}
