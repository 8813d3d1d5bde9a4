/* int8 neural network kernels, bit-exact with TensorFlow Lite's reference kernels (BUILTIN_REF).
 *
 * Tensors are NHWC with one batch; weights are laid out as in the .tflite file: OHWI for convolutions,
 * 1HWC for depthwise ones, (out, in) for fully connected layers. Real value = scale * (q - zero point);
 * `input_offset` is minus the input's zero point. Buffers of one call do not overlap. */
#ifndef COINCELL_NN_KERNELS_H
#define COINCELL_NN_KERNELS_H

#include <stdint.h>

/* One output channel: input_scale * weight_scale / output_scale is multiplier * 2^(shift - 31). Convolutions
 * have NN_WIDE added to the shift of a channel whose sums may reach 2^30. */
enum { NN_WIDE = 64 };
typedef struct {
    int32_t bias, multiplier, shift;
} nn_channel;

/* What outputs may be: `offset` is their zero point, fused ReLU and ReLU6 narrow `min` and `max`. */
typedef struct {
    int32_t offset, min, max;
} nn_range;

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
    const nn_channel *channels; /* one for each output channel */
} nn_conv;

/* Each output pixel and channel: sum over its window of (input + offset) * weight, plus bias. */
void nn_conv2d(const nn_conv *layer, const int8_t *input, int8_t *output);

/* The same, faster, for layers without padding or dilation, with input_c a multiple of 4 and output_c even.
 * Weights of two channels are interleaved by words of four: a0..a3 b0..b3 a4..a7 b4..b7 ...; `bias` includes
 * input_offset times the sum of the channel's weights. */
void nn_conv2d_paired(const nn_conv *layer, const int8_t *input, int8_t *output);

/* The same for any layer with even output_c; each channel's weights are filled up with zeros to a multiple of 4
 * before they are interleaved. `windows` has room for two windows, each filled up alike, word aligned. */
void nn_conv2d_gathered(const nn_conv *layer, const int8_t *input, int8_t *output, int8_t *windows);

/* Each channel apart; output channel c reads input channel c / (output_c / input_c). */
void nn_depthwise_conv2d(const nn_conv *layer, const int8_t *input, int8_t *output);

/* From small to large: each input pixel times the kernel is added at its place times the stride, less the
 * padding. */
void nn_transpose_conv2d(const nn_conv *layer, const int8_t *input, int8_t *output);

typedef struct {
    uint16_t batches, inputs, outputs;
    int32_t input_offset;
    nn_range range;
    const int8_t *weights;
    const nn_channel *channels; /* one for each output channel */
} nn_dense;

void nn_fully_connected(const nn_dense *layer, const int8_t *input, int8_t *output);

typedef struct {
    uint16_t input_h, input_w, channels;
    uint16_t output_h, output_w;
    uint16_t kernel_h, kernel_w;
    uint16_t stride_h, stride_w;
    uint16_t pad_top, pad_left;
    int32_t activation_min, activation_max;
} nn_pool;

/* Input and output have the same scale and zero point; padding counts for neither sum nor divisor. */
void nn_average_pool(const nn_pool *layer, const int8_t *input, int8_t *output);
void nn_max_pool(const nn_pool *layer, const int8_t *input, int8_t *output);

typedef struct {
    uint32_t outer, pixels, channels; /* the input's shape; `pixels` values make one mean */
    int32_t input_offset, output_offset;
    int32_t multiplier; /* includes 1 / pixels */
    int32_t shift;
} nn_mean_params;

/* Mean over the middle one of three dimensions. */
void nn_mean(const nn_mean_params *layer, const int8_t *input, int8_t *output);

typedef struct {
    uint16_t rows, classes;
    int32_t multiplier; /* beta * input_scale * 2^26, as multiplier * 2^(left_shift - 31) */
    int32_t left_shift;
    int32_t diff_min;   /* differences to the maximum below this count as 0 */
} nn_softmax_params;

/* Output scale is 1/256 and zero point -128. */
void nn_softmax(const nn_softmax_params *layer, const int8_t *input, int8_t *output);

/* Two operands over the output's dimensions: a step of 0 repeats an operand along one. */
typedef struct {
    int32_t size[4], left_step[4], right_step[4];
    int32_t left_offset, right_offset, output_offset;
    int32_t left_multiplier, left_shift; /* of sums and differences only */
    int32_t right_multiplier, right_shift;
    int32_t output_multiplier, output_shift;
    int32_t activation_min, activation_max;
} nn_pair_params;

/* Element by element. `output` may be `left` or `right` where that is not repeated. */
void nn_add(const nn_pair_params *layer, const int8_t *left, const int8_t *right, int8_t *output);
void nn_sub(const nn_pair_params *layer, const int8_t *left, const int8_t *right, int8_t *output);
void nn_mul(const nn_pair_params *layer, const int8_t *left, const int8_t *right, int8_t *output);

typedef struct {
    uint32_t count;
    const int8_t *table; /* the answers to 0..127, then to -128..-1 */
} nn_lookup_params;

/* Any function of one value. `output` may be `input`. */
void nn_lookup(const nn_lookup_params *layer, const int8_t *input, int8_t *output);

typedef struct {
    uint32_t count;
    int32_t value;
} nn_fill_params;

void nn_fill(const nn_fill_params *layer, int8_t *output);

typedef struct {
    int32_t input_start, output_start; /* values before the first */
    int32_t size[5], input_step[5], output_step[5];
} nn_move_params;

/* A copy between two strided views; values of the output outside its view keep what they are. */
void nn_move(const nn_move_params *layer, const int8_t *input, int8_t *output);

typedef struct {
    uint16_t input_w, channels, output_h, output_w;
    const uint16_t *rows, *columns; /* the input row and column of each output row and column */
} nn_resize_params;

void nn_resize_nearest(const nn_resize_params *layer, const int8_t *input, int8_t *output);

#endif
