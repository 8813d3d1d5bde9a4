"""Layers that map each int8 to an int8: a table of all 256 answers, which the converter works out.

Each function repeats what TensorFlow Lite's reference kernel computes (lite/kernels/activations.cc,
lite/kernels/quantize.cc, lite/kernels/internal/reference/hard_swish.h), float32 where that is.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from coincell.build import fixed_point
from coincell.build.fixed_point import multiply_high_16, rescale, rounding_shift_right, saturate_16
from coincell.build.node import Field, Layer, Node

_EVERY = range(-128, 128)


def _layer(node: Node, answer: Callable[[int], int]) -> Layer:
    node.expect(*node.tensor(0).shape)
    answers = {q: max(-128, min(127, answer(q))) for q in _EVERY}
    table = np.array([answers[q] for q in (*range(128), *range(-128, 0))], np.int8)
    fields: dict[str, Field] = {"count": node.output.n_elements, "table": table}
    return node.layer(node.call("nn_lookup", "nn_lookup_params", fields))


def _rescaled(node: Node, factor: float, q: int) -> int:
    """The input `q`, times `factor` over its own scale, on the output's scale."""
    (_, in_zero), (_, out_zero) = node.scale(node.tensor(0)), node.scale(node.output)
    return out_zero + rescale(q - in_zero, *fixed_point.quantize_multiplier(factor))


def _ratio(node: Node, factor: float = 1.0) -> float:
    """Input scale times factor over output scale, in float32."""
    (in_scale, _), (out_scale, _) = node.scale(node.tensor(0)), node.scale(node.output)
    return float(np.float32(in_scale) * np.float32(factor) / np.float32(out_scale))


def _relu(node: Node, kind: int) -> Layer:
    low, high = fixed_point.activation_range(kind, *node.scale(node.output))
    factor = _ratio(node)
    return _layer(node, lambda q: max(low, min(high, _rescaled(node, factor, q))))


def _leaky_relu(node: Node) -> Layer:
    _, in_zero = node.scale(node.tensor(0))
    above, below = _ratio(node), _ratio(node, node.settings().real(0))
    if below < 0:
        node.fail("has a negative alpha")
    return _layer(node, lambda q: _rescaled(node, above if q >= in_zero else below, q))


def _quantize(node: Node) -> Layer:
    (in_scale, _), (out_scale, _) = node.scale(node.tensor(0)), node.scale(node.output)
    return _layer(node, lambda q: _rescaled(node, in_scale / out_scale, q))


def _real(node: Node, function: Callable[[float], float]) -> Layer:
    """`function` of the real value, computed and rounded in float32."""
    (in_scale, in_zero), (out_scale, out_zero) = node.scale(node.tensor(0)), node.scale(node.output)
    inverse = np.float32(1) / np.float32(out_scale)

    def answer(q: int) -> int:
        value = np.float32(in_scale) * np.float32(q - in_zero)
        scaled = np.float32(function(float(value))) * inverse
        return fixed_point.round_half_away(float(scaled)) + out_zero

    return _layer(node, answer)


def _logistic(value: float) -> float:
    power = np.float32(math.exp(min(-value, 200.0)) if -value < 88.72 else np.inf)
    return float(np.float32(1) / (np.float32(1) + power))


def _hard_swish(node: Node) -> Layer:
    (in_scale, in_zero), (out_scale, out_zero) = node.scale(node.tensor(0)), node.scale(node.output)
    fine = np.float32(1 / 128) * np.float32(in_scale)
    out_multiplier, out_shift = fixed_point.quantize_multiplier(float(fine / np.float32(out_scale)))
    gate_multiplier, gate_shift = fixed_point.quantize_multiplier(float(fine / np.float32(3 / 32768)))
    if out_shift > 0:
        node.fail("has scales that the reference kernel does not take")
    out_16, gate_16 = (min((m + (1 << 15)) >> 16, 32767) for m in (out_multiplier, gate_multiplier))

    def answer(q: int) -> int:
        value = (q - in_zero) * 128
        gate = value
        if gate_shift > 0:
            gate = saturate_16(gate << (gate_shift - 1))
        gate = multiply_high_16(gate, gate_16, rounding=True)
        if gate_shift > 0:
            gate = saturate_16(gate << 1)
        if gate_shift < 0:
            gate = rounding_shift_right(gate, -gate_shift)
        gate = (gate + (1 << 15)) >> 1
        product = multiply_high_16(gate, multiply_high_16(value, out_16, rounding=True), rounding=False)
        return rounding_shift_right(product, -out_shift) + out_zero

    return _layer(node, answer)


BUILDERS = {
    "RELU": lambda node: _relu(node, 1),
    "RELU_N1_TO_1": lambda node: _relu(node, 2),
    "RELU6": lambda node: _relu(node, 3),
    "LEAKY_RELU": _leaky_relu,
    "LOGISTIC": lambda node: _real(node, _logistic),
    "TANH": lambda node: _real(node, math.tanh),
    "HARD_SWISH": _hard_swish,
    "QUANTIZE": _quantize,
}
