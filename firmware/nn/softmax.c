/* softmax in 32-bit fixed point as the reference kernel computes it. Qm.n below: m integer bits, n fraction
 * bits, one sign bit. The constants are exp(-2^k) and the like, rounded to the format that their use needs;
 * each is derived in its comment. */
#include "nn_kernels.h"
#include "nn_fixed_point.h"

static int32_t saturating_shift_left(int32_t x, int count)
{
    int64_t wide = (int64_t)x * ((int64_t)1 << count);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* exp(a) for a in [-1/4, 0), Q0.31: a Taylor polynomial of degree 4 around -1/8. */
static int32_t exp_small(int32_t a)
{
    const int32_t exp_eighth = 1895147668; /* exp(-1/8) * 2^31 */
    const int32_t third = 715827883;       /* 2^31 / 3 */
    int32_t x = a + (1 << 28);
    int32_t x2 = nn_doubling_high_mul(x, x);
    int32_t x3 = nn_doubling_high_mul(x2, x);
    int32_t x4 = nn_doubling_high_mul(x2, x2);
    int32_t tail = nn_doubling_high_mul(nn_rounding_shift_right(x4, 2) + x3, third) + x2;
    return exp_eighth + nn_doubling_high_mul(exp_eighth, x + nn_rounding_shift_right(tail, 1));
}

/* exp(a) for a <= 0: a in Q5.26, result in Q0.31. */
static int32_t exp_negative(int32_t a)
{
    /* exp(-2^(k - 2)) * 2^31 for k = 0..6 */
    static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t quarter = 1 << 24;

    if (a == 0)
        return INT32_MAX;
    int32_t fraction = (a & (quarter - 1)) - quarter; /* in [-1/4, 0) */
    int32_t result = exp_small(saturating_shift_left(fraction, 5));
    int32_t rest = fraction - a; /* a whole number of quarters, >= 0 */
    for (unsigned k = 0; k < sizeof factors / sizeof factors[0]; k++)
        if (rest & (quarter << k))
            result = nn_doubling_high_mul(result, factors[k]);
    return result;
}

/* 1 / (1 + a) for a in [0, 1), Q0.31 both: three Newton steps from the classical linear start. */
static int32_t reciprocal(int32_t a)
{
    const int32_t c48_17 = 1515870810;  /* 48/17 in Q2.29 */
    const int32_t c32_17 = -1010580540; /* -32/17 in Q2.29 */
    int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2); /* (1 + a) / 2 */
    int32_t x = c48_17 + nn_doubling_high_mul(half, c32_17);
    for (int step = 0; step < 3; step++) {
        int32_t error = (1 << 29) - nn_doubling_high_mul(half, x);
        x += saturating_shift_left(nn_doubling_high_mul(x, error), 2);
    }
    return saturating_shift_left(x, 1);
}

static inline int32_t exp_of(const nn_softmax_params *l, int32_t difference)
{
    return exp_negative(nn_doubling_high_mul(nn_shift_left(difference, (int)l->left_shift), l->multiplier));
}

static inline int leading_zeros(uint32_t x)
{
    return x ? __builtin_clz(x) : 32;
}

void nn_softmax(const nn_softmax_params *l, const int8_t *input, int8_t *output)
{
    for (int row = 0; row < l->rows; row++, input += l->classes, output += l->classes) {
        int32_t most = INT8_MIN;
        for (int c = 0; c < l->classes; c++)
            most = input[c] > most ? input[c] : most;

        int32_t sum = 0; /* Q12.19 */
        for (int c = 0; c < l->classes; c++)
            if (input[c] - most >= l->diff_min)
                sum += nn_rounding_shift_right(exp_of(l, input[c] - most), 12);

        int headroom = leading_zeros((uint32_t)sum);
        int32_t scale = reciprocal((int32_t)(((uint32_t)sum << headroom) - (1u << 31)));
        int exponent = 12 - headroom + 31 - 8;
        for (int c = 0; c < l->classes; c++) {
            int32_t q = INT8_MIN;
            if (input[c] - most >= l->diff_min) {
                int32_t share = nn_doubling_high_mul(scale, exp_of(l, input[c] - most));
                q = nn_clamp(nn_rounding_shift_right(share, exponent) + INT8_MIN, INT8_MIN, INT8_MAX);
            }
            output[c] = (int8_t)q;
        }
    }
}
