/* Layers computed by Arm's CMSIS-NN, of which the user has a copy: `coincell build APP --kernels cmsis-nn`.
 *
 * Tensors, weights and fields are as in nn_kernels.h, but that biases, multipliers and shifts are arrays of their own,
 * which is how the library reads them. `scratch` has `scratch_bytes`; each call asks the library whether that is
 * enough, and stops in nn_cmsis_refused when it is not, or when the library reports an error. */
#ifndef COINCELL_NN_CMSIS_H
#define COINCELL_NN_CMSIS_H

#include <stdint.h>

#include "arm_nnfunctions.h"
#include "nn_kernels.h"

typedef struct {
    uint16_t input_h, input_w, input_c;
    uint16_t output_h, output_w, output_c;
    uint16_t kernel_h, kernel_w;
    uint16_t stride_h, stride_w;
    uint16_t dilation_h, dilation_w;
    uint16_t pad_top, pad_left;
    int32_t input_offset;
    nn_range range;
    const int8_t *weights;
    const int32_t *biases, *multipliers, *shifts; /* one for each output channel */
    int32_t scratch_bytes;
} nn_cmsis_conv;

void nn_cmsis_conv2d(const nn_cmsis_conv *layer, const int8_t *input, int8_t *output, void *scratch);
void nn_cmsis_depthwise_conv2d(const nn_cmsis_conv *layer, const int8_t *input, int8_t *output, void *scratch);

typedef struct {
    uint16_t batches, inputs, outputs;
    int32_t input_offset;
    nn_range range;
    const int8_t *weights;
    const int32_t *biases;
    const int32_t *multipliers, *shifts; /* one each, or in nn_cmsis_fully_connected_by_channel one for each output */
} nn_cmsis_dense;

void nn_cmsis_fully_connected(const nn_cmsis_dense *layer, const int8_t *input, int8_t *output);
void nn_cmsis_fully_connected_by_channel(const nn_cmsis_dense *layer, const int8_t *input, int8_t *output);

typedef struct {
    uint16_t input_h, input_w, channels;
    uint16_t output_h, output_w;
    uint16_t kernel_h, kernel_w;
    uint16_t stride_h, stride_w;
    uint16_t pad_top, pad_left;
    int32_t activation_min, activation_max;
    int32_t scratch_bytes;
} nn_cmsis_pool;

void nn_cmsis_average_pool(const nn_cmsis_pool *layer, const int8_t *input, int8_t *output, void *scratch);
void nn_cmsis_max_pool(const nn_cmsis_pool *layer, const int8_t *input, int8_t *output, void *scratch);

void nn_cmsis_softmax(const nn_softmax_params *layer, const int8_t *input, int8_t *output);

/* Of two operands of one shape: nothing is repeated. */
void nn_cmsis_add(const nn_pair_params *layer, const int8_t *left, const int8_t *right, int8_t *output);
void nn_cmsis_mul(const nn_pair_params *layer, const int8_t *left, const int8_t *right, int8_t *output);

/* The library cannot do what it was asked. */
_Noreturn void nn_cmsis_refused(void);

static inline void nn_cmsis_check(int fine)
{
    if (!fine)
        nn_cmsis_refused();
}

#endif
