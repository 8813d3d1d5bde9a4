"""A fitted multi-layer perceptron to int8 weights and int16 activations."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from coincell.build.estimator.description import Feature, Layer

Real = NDArray[np.float64]

_TOP = (1 << 31) - 1
HEADROOM = 0.25
"""How far beyond what the data reach an activation may go before it saturates: a choice."""


def network(
    layers: list[tuple[Real, Real]], relu: bool, features: tuple[Feature, ...], rows: Real
) -> tuple[tuple[Layer, ...], float]:
    """The layers in integers, and the step of the scores. `layers` are (outputs, inputs) weights with biases
    for features counted in their steps; `rows` are such features: they tell how far activations go."""
    made: list[Layer] = []
    values, in_scale = rows, 1.0
    for weights, biases in layers[:-1]:
        steps = np.array(
            [_step(weight, bias, in_scale) for weight, bias in zip(weights, biases, strict=True)]
        )
        values = values @ weights.T + biases
        values = np.maximum(values, 0) if relu else values
        out_scale = float(np.abs(values).max()) * (1 + HEADROOM) / 32767 or 1.0
        multipliers, shifts = zip(
            *(_ratio(float(step * in_scale / out_scale)) for step in steps), strict=True
        )
        made.append(
            Layer(
                weights=_integers(weights / steps[:, None]),
                biases=tuple(int(b) for b in np.rint(biases / (steps * in_scale))),
                multipliers=multipliers,
                shifts=shifts,
                relu=relu,
            )
        )
        in_scale = out_scale
    weights, biases = layers[-1]
    step = max(_step(weight, bias, in_scale) for weight, bias in zip(weights, biases, strict=True))
    last = Layer(
        weights=_integers(weights / step), biases=tuple(int(b) for b in np.rint(biases / (step * in_scale)))
    )
    return (*made, last), step * in_scale


def _integers(weights: Real) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(w) for w in row) for row in np.rint(weights))


def _step(weights: Real, bias: float, in_scale: float) -> float:
    """The finest step of a neuron's weights with which its sum stays in 32 bits, whatever comes in."""
    room = _TOP - 16384 * len(weights) - 1
    total = np.abs(weights).sum() * 32768 + abs(bias) / in_scale
    return float(max(np.abs(weights).max() / 127, total / room)) or 1.0


def _ratio(ratio: float) -> tuple[int, int]:
    """`ratio` as multiplier / 2^shift, with 15 bits of multiplier."""
    shift = min(15 - math.frexp(ratio)[1], 46)
    multiplier = max(1, round(math.ldexp(ratio, shift)))
    return (multiplier, shift) if multiplier < 32768 else (multiplier // 2, shift - 1)
