#include "nn_cmsis.h"

void nn_cmsis_conv2d(const nn_cmsis_conv *layer, const int8_t *input, int8_t *output, void *scratch)
{
    const cmsis_nn_context context = {scratch, layer->scratch_bytes};
    const cmsis_nn_conv_params params = {
        .input_offset = layer->input_offset,
        .output_offset = layer->range.offset,
        .stride = {.w = layer->stride_w, .h = layer->stride_h},
        .padding = {.w = layer->pad_left, .h = layer->pad_top},
        .dilation = {.w = layer->dilation_w, .h = layer->dilation_h},
        .activation = {.min = layer->range.min, .max = layer->range.max},
    };
    /* The library's struct lacks a const. */
    const cmsis_nn_per_channel_quant_params rescaling = {(int32_t *)layer->multipliers, (int32_t *)layer->shifts};
    const cmsis_nn_dims from = {1, layer->input_h, layer->input_w, layer->input_c};
    const cmsis_nn_dims filter = {layer->output_c, layer->kernel_h, layer->kernel_w, layer->input_c};
    const cmsis_nn_dims bias = {1, 1, 1, layer->output_c};
    const cmsis_nn_dims to = {1, layer->output_h, layer->output_w, layer->output_c};

    nn_cmsis_check(arm_convolve_wrapper_s8_get_buffer_size(&params, &from, &filter, &to) <= layer->scratch_bytes);
    nn_cmsis_check(arm_convolve_wrapper_s8(&context, &params, &rescaling, &from, input, &filter, layer->weights, &bias,
                                           layer->biases, &to, output) == ARM_CMSIS_NN_SUCCESS);
}
