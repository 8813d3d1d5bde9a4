#include "arm_nnsupportfunctions.h"

arm_cmsis_nn_status arm_nn_vec_mat_mult_t_per_ch_s8(const int8_t *lhs, const int8_t *rhs, const int32_t *bias,
                                                    int8_t *dst, const cmsis_nn_fc_params *params,
                                                    const int32_t *multiplier, const int32_t *shift,
                                                    const int32_t rhs_cols, const int32_t rhs_rows)
{
    for (int32_t row = 0; row < rhs_rows; row++) {
        int32_t sum = bias[row];
        for (int32_t i = 0; i < rhs_cols; i++)
            sum += (lhs[i] + params->input_offset) * (rhs[row * rhs_cols + i] + params->filter_offset);
        dst[row] = arm_nn_output(sum, multiplier[row], shift[row], params->output_offset, &params->activation);
    }
    return ARM_CMSIS_NN_SUCCESS;
}
