"""Real scales as the integers that the reference kernels use.

Each function repeats the arithmetic of TensorFlow Lite's preparation step, down to where it is float32 and
where float64: one wrong low bit in a multiplier changes outputs. The names in brackets are TensorFlow's
(lite/kernels/internal/quantization_util.cc, lite/kernels/kernel_util.cc).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

INT8_MIN, INT8_MAX = -128, 127
_SCALED_DIFF_INTEGER_BITS = 5


def round_half_away(value: float) -> int:
    """To the nearest integer, halves away from zero [TfLiteRound]."""
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


def quantize_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift) with real = multiplier * 2**(shift - 31) and 31 bits [QuantizeMultiplier]."""
    if real == 0:
        return 0, 0
    mantissa, shift = math.frexp(real)
    fixed = round_half_away(mantissa * (1 << 31))
    if fixed == 1 << 31:
        fixed, shift = fixed // 2, shift + 1
    if shift < -31:
        return 0, 0
    if shift > 30:
        return (1 << 31) - 1, 30
    return fixed, shift


def channel_multipliers(
    input_scale: float, weight_scales: Sequence[float], output_scale: float, n_channels: int
) -> tuple[list[int], list[int]]:
    """Multiplier and shift of every output channel [PopulateConvolutionQuantizationParams].

    Dense layers quantised as a whole have the same arithmetic [GetQuantizedConvolutionMultipler]: older
    TensorFlow multiplied their two scales as float32; 2.21, as a test finds, does not.
    """
    scales = list(weight_scales) if len(weight_scales) > 1 else [weight_scales[0]] * n_channels
    pairs = [quantize_multiplier(input_scale * scale / output_scale) for scale in scales]
    return [multiplier for multiplier, _ in pairs], [shift for _, shift in pairs]


def mean_multiplier(input_scale: float, output_scale: float, count: int) -> tuple[int, int]:
    """Rescaling that divides by `count` as well [QuantizedMeanOrSum]."""
    multiplier, shift = quantize_multiplier(input_scale / output_scale)
    extra = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << extra) // count, shift - extra


def activation_range(kind: int, scale: float, zero_point: int) -> tuple[int, int]:
    """Clamp of the quantised output [CalculateActivationRangeQuantized].

    `kind` as in the schema: 0 none, 1 ReLU, 2 ReLU to -1..1, 3 ReLU6.
    """

    def quantized(value: float) -> int:
        return zero_point + round_half_away(float(np.float32(value) / np.float32(scale)))

    low = {1: 0.0, 2: -1.0, 3: 0.0}.get(kind)
    high = {2: 1.0, 3: 6.0}.get(kind)
    return (
        INT8_MIN if low is None else max(INT8_MIN, quantized(low)),
        INT8_MAX if high is None else min(INT8_MAX, quantized(high)),
    )


def softmax_parameters(beta: float, input_scale: float) -> tuple[int, int, int]:
    """(multiplier, left shift, smallest difference that counts) [PreprocessSoftmaxScaling]."""
    fraction_bits = 31 - _SCALED_DIFF_INTEGER_BITS
    real = min(beta * input_scale * (1 << fraction_bits), (1 << 31) - 1.0)
    multiplier, shift = quantize_multiplier(real)
    # [CalculateInputRadius]
    largest = ((1 << _SCALED_DIFF_INTEGER_BITS) - 1) * (1 << fraction_bits) / (1 << shift)
    return multiplier, shift, -math.floor(largest)


def product_multiplier(left_scale: float, right_scale: float, output_scale: float) -> tuple[int, int]:
    """Rescaling of a product of two activations, whose scales are multiplied as float32 [mul::Prepare]."""
    real = np.float32(left_scale) * np.float32(right_scale) / np.float32(output_scale)
    return quantize_multiplier(float(real))


def rounding_shift_right(value: int, exponent: int) -> int:
    """value / 2**exponent to the nearest integer, halves away from zero [RoundingDivideByPOT]."""
    mask = (1 << exponent) - 1
    return (value >> exponent) + ((value & mask) > (mask >> 1) + (value < 0))


def rescale(value: int, multiplier: int, shift: int) -> int:
    """value * multiplier * 2**(shift - 31), rounded twice [MultiplyByQuantizedMultiplier]."""
    high = ((value << max(shift, 0)) * multiplier + (1 << 30)) >> 31
    return rounding_shift_right(high, max(-shift, 0))


def saturate_16(value: int) -> int:
    """The nearest 16-bit integer."""
    return max(-32768, min(32767, value))


def multiply_high_16(left: int, right: int, rounding: bool) -> int:
    """(left * right) / 2**15 in 16 bits, to nearest or towards zero [Saturating(Rounding)DoublingHighMul]."""
    product = left * right
    if rounding:
        product += (1 << 14) if product >= 0 else 1 - (1 << 14)
    return saturate_16(abs(product) // (1 << 15) * (1 if product >= 0 else -1))
