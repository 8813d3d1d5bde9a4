#include "nn_kernels.h"
#include "nn_fixed_point.h"

/* The reference kernel scales both sides to a common scale with this many more bits. */
enum { HEADROOM = 20 };

void nn_add(const nn_add_params *l, const int8_t *left, const int8_t *right, int8_t *output)
{
    for (uint32_t i = 0; i < l->count; i++) {
        int32_t a = nn_shift_left(left[i] + l->left_offset, HEADROOM);
        int32_t b = nn_shift_left(right[i] + l->right_offset, HEADROOM);
        int32_t sum = nn_requantize(a, l->left_multiplier, (int)l->left_shift) +
                      nn_requantize(b, l->right_multiplier, (int)l->right_shift);
        int32_t q = nn_requantize(sum, l->output_multiplier, (int)l->output_shift) + l->output_offset;
        output[i] = (int8_t)nn_clamp(q, l->activation_min, l->activation_max);
    }
}
