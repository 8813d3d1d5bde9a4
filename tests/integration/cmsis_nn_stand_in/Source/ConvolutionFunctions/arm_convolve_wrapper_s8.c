#include "arm_nnsupportfunctions.h"

int32_t arm_convolve_wrapper_s8_get_buffer_size(const cmsis_nn_conv_params *conv_params,
                                                const cmsis_nn_dims *input_dims, const cmsis_nn_dims *filter_dims,
                                                const cmsis_nn_dims *output_dims)
{
    (void)output_dims;
    int32_t window = filter_dims->h * filter_dims->w * input_dims->c;
    int plain = filter_dims->h == 1 && filter_dims->w == 1 && conv_params->dilation.h == 1 &&
                conv_params->dilation.w == 1;
    return plain ? 0 : 2 * ((window + 3) / 4 * 4) * (int32_t)sizeof(int16_t);
}

arm_cmsis_nn_status arm_convolve_wrapper_s8(const cmsis_nn_context *ctx, const cmsis_nn_conv_params *conv_params,
                                            const cmsis_nn_per_channel_quant_params *quant_params,
                                            const cmsis_nn_dims *input_dims, const int8_t *input_data,
                                            const cmsis_nn_dims *filter_dims, const int8_t *filter_data,
                                            const cmsis_nn_dims *bias_dims, const int32_t *bias_data,
                                            const cmsis_nn_dims *output_dims, int8_t *output_data)
{
    (void)bias_dims;
    arm_nn_spoil(ctx);
    for (int32_t y = 0; y < output_dims->h; y++)
        for (int32_t x = 0; x < output_dims->w; x++)
            for (int32_t c = 0; c < output_dims->c; c++) {
                int32_t sum = bias_data[c];
                const int8_t *weight = filter_data + c * filter_dims->h * filter_dims->w * filter_dims->c;
                for (int32_t i = 0; i < filter_dims->h; i++)
                    for (int32_t j = 0; j < filter_dims->w; j++, weight += filter_dims->c) {
                        int32_t row = y * conv_params->stride.h - conv_params->padding.h + i * conv_params->dilation.h;
                        int32_t col = x * conv_params->stride.w - conv_params->padding.w + j * conv_params->dilation.w;
                        if (row < 0 || row >= input_dims->h || col < 0 || col >= input_dims->w)
                            continue;
                        const int8_t *value = input_data + (row * input_dims->w + col) * input_dims->c;
                        for (int32_t k = 0; k < filter_dims->c; k++)
                            sum += (value[k] + conv_params->input_offset) * weight[k];
                    }
                *output_data++ = arm_nn_output(sum, quant_params->multiplier[c], quant_params->shift[c],
                                               conv_params->output_offset, &conv_params->activation);
            }
    return ARM_CMSIS_NN_SUCCESS;
}
