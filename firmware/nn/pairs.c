#include "nn_fixed_point.h"
#include "nn_kernels.h"

/* The reference kernel scales both sides of a sum to a common scale with this many more bits. */
enum { HEADROOM = 20 };

#define INLINE static inline __attribute__((always_inline))

typedef int32_t (*combination)(const nn_pair_params *l, int32_t left, int32_t right);

INLINE void each(const nn_pair_params *l, const int8_t *left, const int8_t *right, int8_t *output,
                 combination combine)
{
    const int32_t left_step = l->left_step[3], right_step = l->right_step[3];
    for (int32_t i = 0; i < l->size[0]; i++)
        for (int32_t j = 0; j < l->size[1]; j++)
            for (int32_t k = 0; k < l->size[2]; k++) {
                const int8_t *a = left + i * l->left_step[0] + j * l->left_step[1] + k * l->left_step[2];
                const int8_t *b = right + i * l->right_step[0] + j * l->right_step[1] + k * l->right_step[2];
                for (int32_t n = l->size[3]; n > 0; n--, a += left_step, b += right_step) {
                    int32_t value = combine(l, *a + l->left_offset, *b + l->right_offset);
                    int32_t q = nn_requantize(value, l->output_multiplier, l->output_shift) + l->output_offset;
                    *output++ = (int8_t)nn_clamp(q, l->activation_min, l->activation_max);
                }
            }
}

INLINE int32_t left_of(const nn_pair_params *l, int32_t value)
{
    return nn_requantize(nn_shift_left(value, HEADROOM), l->left_multiplier, l->left_shift);
}

INLINE int32_t right_of(const nn_pair_params *l, int32_t value)
{
    return nn_requantize(nn_shift_left(value, HEADROOM), l->right_multiplier, l->right_shift);
}

INLINE int32_t sum(const nn_pair_params *l, int32_t left, int32_t right)
{
    return left_of(l, left) + right_of(l, right);
}

INLINE int32_t difference(const nn_pair_params *l, int32_t left, int32_t right)
{
    return left_of(l, left) - right_of(l, right);
}

INLINE int32_t product(const nn_pair_params *l, int32_t left, int32_t right)
{
    (void)l;
    return left * right;
}

void nn_add(const nn_pair_params *l, const int8_t *left, const int8_t *right, int8_t *output)
{
    each(l, left, right, output, sum);
}

void nn_sub(const nn_pair_params *l, const int8_t *left, const int8_t *right, int8_t *output)
{
    each(l, left, right, output, difference);
}

void nn_mul(const nn_pair_params *l, const int8_t *left, const int8_t *right, int8_t *output)
{
    each(l, left, right, output, product);
}
