#include "arm_nnsupportfunctions.h"

void arm_softmax_s8(const int8_t *input, const int32_t num_rows, const int32_t row_size, const int32_t mult,
                    const int32_t shift, const int32_t diff_min, int8_t *output)
{
    const nn_softmax_params layer = {(uint16_t)num_rows, (uint16_t)row_size, mult, shift, diff_min};
    nn_softmax(&layer, input, output);
}

arm_cmsis_nn_status arm_elementwise_add_s8(const int8_t *input_1_vect, const int8_t *input_2_vect,
                                           const int32_t input_1_offset, const int32_t input_1_mult,
                                           const int32_t input_1_shift, const int32_t input_2_offset,
                                           const int32_t input_2_mult, const int32_t input_2_shift,
                                           const int32_t left_shift, int8_t *output, const int32_t out_offset,
                                           const int32_t out_mult, const int32_t out_shift,
                                           const int32_t out_activation_min, const int32_t out_activation_max,
                                           const int32_t block_size)
{
    const cmsis_nn_activation clamp = {out_activation_min, out_activation_max};
    for (int32_t i = 0; i < block_size; i++) {
        int32_t left = nn_shift_left(input_1_vect[i] + input_1_offset, left_shift);
        int32_t right = nn_shift_left(input_2_vect[i] + input_2_offset, left_shift);
        int32_t sum = arm_nn_requantize(left, input_1_mult, input_1_shift) +
                      arm_nn_requantize(right, input_2_mult, input_2_shift);
        output[i] = arm_nn_output(sum, out_mult, out_shift, out_offset, &clamp);
    }
    return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_elementwise_mul_s8(const int8_t *input_1_vect, const int8_t *input_2_vect,
                                           const int32_t input_1_offset, const int32_t input_2_offset, int8_t *output,
                                           const int32_t out_offset, const int32_t out_mult, const int32_t out_shift,
                                           const int32_t out_activation_min, const int32_t out_activation_max,
                                           const int32_t block_size)
{
    const cmsis_nn_activation clamp = {out_activation_min, out_activation_max};
    for (int32_t i = 0; i < block_size; i++) {
        int32_t product = (input_1_vect[i] + input_1_offset) * (input_2_vect[i] + input_2_offset);
        output[i] = arm_nn_output(product, out_mult, out_shift, out_offset, &clamp);
    }
    return ARM_CMSIS_NN_SUCCESS;
}
