#include "arm_nnsupportfunctions.h"

arm_cmsis_nn_status arm_fully_connected_per_channel_s8(const cmsis_nn_context *ctx, const cmsis_nn_fc_params *fc_params,
                                           const cmsis_nn_per_channel_quant_params *quant_params,
                                           const cmsis_nn_dims *input_dims, const int8_t *input_data,
                                           const cmsis_nn_dims *filter_dims, const int8_t *filter_data,
                                           const cmsis_nn_dims *bias_dims, const int32_t *bias_data,
                                           const cmsis_nn_dims *output_dims, int8_t *output_data)
{
    (void)ctx;
    (void)bias_dims;
    for (int32_t batch = 0; batch < input_dims->n; batch++)
        arm_nn_vec_mat_mult_t_per_ch_s8(input_data + batch * filter_dims->n, filter_data, bias_data,
           output_data + batch * output_dims->c, fc_params, quant_params->multiplier,
           quant_params->shift, filter_dims->n, output_dims->c);
    return ARM_CMSIS_NN_SUCCESS;
}
