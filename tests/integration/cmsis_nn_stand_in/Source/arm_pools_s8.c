#include "arm_nnsupportfunctions.h"

typedef struct {
    int32_t sum, count, largest;
} window;

static window look(const cmsis_nn_pool_params *params, const cmsis_nn_dims *input_dims, const int8_t *input_data,
                   const cmsis_nn_dims *filter_dims, int32_t y, int32_t x, int32_t c)
{
    window seen = {0, 0, INT8_MIN};
    for (int32_t i = 0; i < filter_dims->h; i++)
        for (int32_t j = 0; j < filter_dims->w; j++) {
            int32_t row = y * params->stride.h - params->padding.h + i;
            int32_t col = x * params->stride.w - params->padding.w + j;
            if (row < 0 || row >= input_dims->h || col < 0 || col >= input_dims->w)
                continue;
            int32_t value = input_data[(row * input_dims->w + col) * input_dims->c + c];
            seen.sum += value;
            seen.count++;
            seen.largest = value > seen.largest ? value : seen.largest;
        }
    return seen;
}

int32_t arm_avgpool_s8_get_buffer_size(const int dim_dst_width, const int ch_src)
{
    (void)dim_dst_width;
#if defined(__ARM_FEATURE_DSP)
    return ch_src * (int32_t)sizeof(int32_t);
#else
    (void)ch_src;
    return 0;
#endif
}

arm_cmsis_nn_status arm_avgpool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *pool_params,
                                   const cmsis_nn_dims *input_dims, const int8_t *input_data,
                                   const cmsis_nn_dims *filter_dims, const cmsis_nn_dims *output_dims,
                                   int8_t *output_data)
{
    arm_nn_spoil(ctx);
    for (int32_t y = 0; y < output_dims->h; y++)
        for (int32_t x = 0; x < output_dims->w; x++)
            for (int32_t c = 0; c < output_dims->c; c++) {
                window seen = look(pool_params, input_dims, input_data, filter_dims, y, x, c);
                int32_t half = seen.sum > 0 ? seen.count / 2 : -(seen.count / 2);
                *output_data++ = (int8_t)nn_clamp((seen.sum + half) / seen.count, pool_params->activation.min,
                                                  pool_params->activation.max);
            }
    return ARM_CMSIS_NN_SUCCESS;
}

arm_cmsis_nn_status arm_max_pool_s8(const cmsis_nn_context *ctx, const cmsis_nn_pool_params *pool_params,
                                    const cmsis_nn_dims *input_dims, const int8_t *input_data,
                                    const cmsis_nn_dims *filter_dims, const cmsis_nn_dims *output_dims,
                                    int8_t *output_data)
{
    (void)ctx;
    for (int32_t y = 0; y < output_dims->h; y++)
        for (int32_t x = 0; x < output_dims->w; x++)
            for (int32_t c = 0; c < output_dims->c; c++)
                *output_data++ =
                    (int8_t)nn_clamp(look(pool_params, input_dims, input_data, filter_dims, y, x, c).largest,
                                     pool_params->activation.min, pool_params->activation.max);
    return ARM_CMSIS_NN_SUCCESS;
}
