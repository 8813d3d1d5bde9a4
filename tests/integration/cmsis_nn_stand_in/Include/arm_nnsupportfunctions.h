#ifndef ARM_NNSUPPORTFUNCTIONS_H
#define ARM_NNSUPPORTFUNCTIONS_H

#include "arm_nnfunctions.h"
#include "nn_fixed_point.h"

/* val * multiplier * 2^(shift - 31), rounded once or twice as the library documents it. */
static inline int32_t arm_nn_requantize(const int32_t val, const int32_t multiplier, const int32_t shift)
{
#if defined(CMSIS_NN_USE_SINGLE_ROUNDING)
    return (int32_t)(((int64_t)val * multiplier + ((int64_t)1 << (30 - shift))) >> (31 - shift));
#else
    return nn_requantize(val, multiplier, shift);
#endif
}

static inline int8_t arm_nn_output(int32_t sum, int32_t multiplier, int32_t shift, int32_t offset,
                                   const cmsis_nn_activation *activation)
{
    return (int8_t)nn_clamp(arm_nn_requantize(sum, multiplier, shift) + offset, activation->min, activation->max);
}

/* The library's scratch holds what it likes. */
static inline void arm_nn_spoil(const cmsis_nn_context *ctx)
{
    for (int32_t i = 0; i < ctx->size; i++)
        ((volatile int8_t *)ctx->buf)[i] = (int8_t)(i ^ 0x55);
}

arm_cmsis_nn_status arm_nn_vec_mat_mult_t_s8(const int8_t *lhs, const int8_t *rhs, const int32_t *bias, int8_t *dst,
                                             const cmsis_nn_fc_params *params, const int32_t multiplier,
                                             const int32_t shift, const int32_t rhs_cols, const int32_t rhs_rows);
arm_cmsis_nn_status arm_nn_vec_mat_mult_t_per_ch_s8(const int8_t *lhs, const int8_t *rhs, const int32_t *bias,
                                                    int8_t *dst, const cmsis_nn_fc_params *params,
                                                    const int32_t *multiplier, const int32_t *shift,
                                                    const int32_t rhs_cols, const int32_t rhs_rows);

#endif
