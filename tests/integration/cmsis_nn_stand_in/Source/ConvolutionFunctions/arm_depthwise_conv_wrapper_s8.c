#include "arm_nnsupportfunctions.h"

int32_t arm_depthwise_conv_wrapper_s8_get_buffer_size(const cmsis_nn_dw_conv_params *dw_conv_params,
                                                      const cmsis_nn_dims *input_dims,
                                                      const cmsis_nn_dims *filter_dims,
                                                      const cmsis_nn_dims *output_dims)
{
#if defined(__ARM_FEATURE_DSP)
    int small = filter_dims->w == 3 && filter_dims->h == 3 && dw_conv_params->padding.h <= 1 &&
                dw_conv_params->padding.w <= 1;
    if (input_dims->c == output_dims->c && dw_conv_params->dilation.w == 1 && dw_conv_params->dilation.h == 1 && !small)
        return input_dims->c * filter_dims->w * filter_dims->h * (int32_t)sizeof(int16_t);
#else
    (void)dw_conv_params;
    (void)input_dims;
    (void)filter_dims;
    (void)output_dims;
#endif
    return 0;
}

arm_cmsis_nn_status arm_depthwise_conv_wrapper_s8(const cmsis_nn_context *ctx,
                                                  const cmsis_nn_dw_conv_params *dw_conv_params,
                                                  const cmsis_nn_per_channel_quant_params *quant_params,
                                                  const cmsis_nn_dims *input_dims, const int8_t *input_data,
                                                  const cmsis_nn_dims *filter_dims, const int8_t *filter_data,
                                                  const cmsis_nn_dims *bias_dims, const int32_t *bias_data,
                                                  const cmsis_nn_dims *output_dims, int8_t *output_data)
{
    const cmsis_nn_dw_conv_params *p = dw_conv_params;
    (void)bias_dims;
    arm_nn_spoil(ctx);
    for (int32_t y = 0; y < output_dims->h; y++)
        for (int32_t x = 0; x < output_dims->w; x++)
            for (int32_t c = 0; c < output_dims->c; c++) {
                int32_t sum = bias_data[c];
                for (int32_t i = 0; i < filter_dims->h; i++)
                    for (int32_t j = 0; j < filter_dims->w; j++) {
                        int32_t row = y * p->stride.h - p->padding.h + i * p->dilation.h;
                        int32_t col = x * p->stride.w - p->padding.w + j * p->dilation.w;
                        if (row < 0 || row >= input_dims->h || col < 0 || col >= input_dims->w)
                            continue;
                        int32_t value = input_data[(row * input_dims->w + col) * input_dims->c + c / p->ch_mult];
                        sum += (value + p->input_offset) *
                               filter_data[(i * filter_dims->w + j) * output_dims->c + c];
                    }
                *output_data++ = arm_nn_output(sum, quant_params->multiplier[c], quant_params->shift[c],
                                               p->output_offset, &p->activation);
            }
    return ARM_CMSIS_NN_SUCCESS;
}
